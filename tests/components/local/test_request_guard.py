"""Requests that would end or swell a model server, or be counted as its failure, sent through the real gateway."""

import json
import struct
from collections.abc import Iterator

import pytest

from tests.support.gateway_stack import INFER, GatewayStack, request, tensor

pytestmark = pytest.mark.e2e

MAX_GROWTH_MIB = 50
DEEP = 300_000
GOOD = request(tensor(data=[3, 4]))


def spelled(text: str, old: str, new: str) -> str:
    """Respell one part of a request; the part must be there, or the test would prove nothing."""
    assert old in text
    return text.replace(old, new, 1)


def with_shape(shape: str) -> str:
    return spelled(request(), "[1, 2]", shape)


def with_data(data: str, datatype: str = "FP32") -> str:
    names = {"FP32": "floats", "INT64": "longs", "UINT8": "bytes", "BOOL": "flags", "BYTES": "texts"}
    return spelled(request(tensor(datatype=datatype, name=names[datatype], data="here")), '"here"', data)


HUGE = '"shape": [999999999999, 64]'

# What declares more memory than it sends, in every spelling that a reader of JSON may take for the same.
HUGE_SHAPES = {
    "rows beyond all memory": with_shape("[999999999999, 64]"),
    "rows that fill the memory": with_shape("[1000000000, 64]"),
    "columns that fill the memory": with_shape("[1, 1000000000]"),
    "a product that overflows to zero": with_shape("[4294967296, 4294967296]"),
    "a product that overflows to two": with_shape("[9223372036854775809, 2]"),
    "a product of many dimensions": with_shape("[" + ", ".join(["64"] * 10) + "]"),
    "an exponent": with_shape("[1e12, 64]"),
    "a fraction": with_shape("[1000000000.0, 64]"),
    "white space": with_shape("[\n\t1000000000\r\n,\n 64 ]"),
    "leading zeros": with_shape("[0000000001000000000, 64]"),
    "a sign": with_shape("[+1000000000, 64]"),
    "a text": with_shape('["1000000000", "64"]'),
    "a nested shape": with_shape("[[1000000000, 64]]"),
    "a negative dimension": with_shape("[-1, 2]"),
    "an escaped name": spelled(request(), '"shape": [1, 2]', '"\\u0073hape": [1000000000, 64]'),
    "an escaped name beside the plain one": spelled(request(), '"shape"', '"sh\\u0061pe": [1000000000, 64], "shape"'),
    "the shape twice, the bad one first": spelled(request(), '"shape"', f'{HUGE}, "shape"'),
    "the shape twice, the bad one last": spelled(request(), '"shape": [1, 2]', f'"shape": [1, 2], {HUGE}'),
    "inputs twice, the bad ones first": spelled(with_shape("[1000000000, 64]"), "}]}", '}], "inputs": []}'),
    "inputs twice, the bad ones last": spelled(request(), "}]}", f"}}], {with_shape('[1000000000, 64]')[1:]}"),
    "the second input": request(tensor(), tensor(name="doubles", datatype="FP64", shape=[1000000000, 64])),
    "after the data": spelled(request(tensor(shape=None)), "}]}", f", {HUGE}}}]}}"),
    "a second document": request() + with_shape("[1000000000, 64]"),
    "behind a byte order mark": "\ufeff" + with_shape("[1000000000, 64]"),
    "no data at all": spelled(request(tensor(data=None)), '"shape": [1, 2]', HUGE),
    "empty data": spelled(with_data("[]"), '"shape": [1, 2]', HUGE),
    "a zero": with_shape("[0, 999999999999]"),
}

DEEP_NESTING = {
    "in the data": with_data("[" * DEEP + "1" + "]" * DEEP),
    "in the data, never closed": with_data("[" * DEEP),
    "in the shape": with_shape("[" * DEEP + "]" * DEEP),
    "in a parameter": request(parameters="here").replace('"here"', '{"a":' * DEEP + "1" + "}" * DEEP),
    "in a member that nobody asked for": request(other="here").replace('"here"', "[" * DEEP + "]" * DEEP),
    "at the top": "[" * DEEP + "]" * DEEP,
    "between white space": with_data("[ " * DEEP + "1" + "] " * DEEP),
    "just deep enough to be refused": with_data("[" * 17 + "1, 2" + "]" * 17),
}

NOT_JSON = {
    "nothing": "",
    "a number": "5",
    "an array": "[]",
    "a truncated body": request()[:-1],
    "a trailing comma": spelled(request(), "2]}]", "2],}]"),
    "a comment": "/**/" + request(),
    "single quotes": request().replace('"', "'"),
    "a zero byte at the end": request() + "\0",
    "a missing colon": spelled(request(), '"name":', '"name"'),
    "a bare word": with_data("[1, two]"),
}

# A model server answers 500 to these, as if it were at fault, or an answer that is not JSON.
WRONG_DATA = {
    "too few values": with_data("[1]"),
    "too many values": with_data("[1, 2, 3]"),
    "an empty row": with_data("[[], 1, 2]"),
    "not an array": with_data('"1, 2"'),
    "a text among numbers": with_data('[1, "2"]'),
    "null": with_data("[1, null]"),
    "an object": with_data("[1, {}]"),
    "not a number": with_data("[1, NaN]"),
    "infinity": with_data("[1, -Infinity]"),
    "an exponent out of range": with_data("[1, 1e400]"),
    "a zero with an exponent out of range": with_data("[1, 0e400]"),
    "an infinite product": with_data("[1, 18e307]"),
    "400 digits": with_data("[1, " + "9" * 400 + "]"),
    "a leading zero": with_data("[1, 02]"),
    "a bare point": with_data("[1, 2.]"),
    "a bare exponent": with_data("[1, 2e]"),
    "a fraction for an integer": with_data("[1, 2.0]", "INT64"),
    "an integer out of range": with_data("[1, 9223372036854775808]", "INT64"),
    "a negative integer out of range": with_data("[1, -9223372036854775809]", "INT64"),
    "a negative number for an unsigned integer": with_data("[1, -2]", "UINT8"),
    "an unsigned integer out of range": with_data("[1, 18446744073709551616]", "UINT8"),
    "a number for a boolean": with_data("[true, 1]", "BOOL"),
    "a number for a text": with_data('["a", 1]', "BYTES"),
    "half of a surrogate pair": with_data('["\\ud800", "b"]', "BYTES"),
    "an unknown escape": with_data('["\\x41", "b"]', "BYTES"),
    "a control character": with_data('["\x01", "b"]', "BYTES"),
    "a text without an end": with_data('["a, "b]', "BYTES"),
    "no inputs": "{}",
    "inputs that are an object": '{"inputs": {}}',
    "an input that is a number": '{"inputs": [5]}',
    "no name": request(tensor(name=None)),
    "no datatype": request(tensor(datatype=None)),
    "a datatype that is not one": request(tensor(datatype="fp32")),
    "no shape": request(tensor(shape=None)),
    "an identifier that is a number": request(id=5),
    "parameters that are an array": request(parameters=[]),
    "a negative priority": request(parameters={"priority": -1}),
    "a flag that is a number": request(parameters={"binary_data_output": 1}),
    "outputs without a name": request(outputs=[{}]),
    "a negative number of classes": request(outputs=[{"name": "sum", "parameters": {"classification": -1}}]),
    "an unknown member": request(tensor(dtype="FP32")),
    "more inputs than anyone has": request(*[tensor()] * 300),
}

SHARED_MEMORY = {
    "an input": request(tensor(data=None, parameters={"shared_memory_region": "r", "shared_memory_byte_size": 8})),
    "an output": request(outputs=[{"name": "sum", "parameters": {"shared_memory_region": "r"}}]),
    "the request": request(parameters={"shared_memory_region": "r"}),
    "an escaped name": request(tensor(data=None, parameters={"shared": 1})).replace("shared", "shared\\u005fmemory_x"),
}

REFUSED = [
    pytest.param(body, id=f"{kind}: {name}")
    for kind, table in {
        "a huge shape": HUGE_SHAPES,
        "deep nesting": DEEP_NESTING,
        "not JSON": NOT_JSON,
        "wrong data": WRONG_DATA,
        "shared memory": SHARED_MEMORY,
    }.items()
    for name, body in table.items()
]


@pytest.fixture(autouse=True)
def unharmed(stack: GatewayStack) -> Iterator[None]:
    """After every attack the same process answers a good request, no larger than before, and was never at fault."""
    pid, memory = stack.triton.pid, stack.triton.resident_mib()
    faults = stack.envoy.counter("cluster.sum_blue_rest.upstream_rq_5xx")
    yield
    answer = stack.infer(GOOD)
    assert answer.status == 200
    assert answer.body["outputs"][0]["data"] == [7.0]
    assert stack.triton.pid == pid
    assert stack.triton.is_alive()
    assert stack.triton.resident_mib() - memory < MAX_GROWTH_MIB, "the model server grew"
    assert stack.envoy.counter("cluster.sum_blue_rest.upstream_rq_5xx") == faults, "counted against the slot"
    assert stack.envoy.counter("http.slipway.lua.errors") == 0, "the guard failed on something"


@pytest.mark.parametrize("body", REFUSED)
def test_a_request_that_could_harm_the_model_server_is_refused_before_it(stack: GatewayStack, body: str) -> None:
    answer = stack.infer(body)
    assert answer.status == 400
    assert answer.body["request_id"] == answer.headers["x-request-id"]
    assert answer.body["error"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (with_data("[1]"), "request.inputs[0].data holds 1 values, but its shape asks for 2."),
        (with_shape("[9, 9]"), "request.inputs[0].data holds 2 values, but its shape asks for 81."),
        (with_shape("[1, -2]"), "request.inputs[0].shape[1] must be a whole number of at most 15 digits."),
        (with_data("[1, 2.5]", "INT64"), "request.inputs[0].data holds a number that INT64 cannot hold."),
        (request(tensor(dtype="FP32")), "request.inputs[0] has a member dtype, which the protocol does not know."),
        (with_data("[" * 17), "request.inputs[0].data is nested deeper than 16 arrays."),
    ],
)
def test_a_refusal_says_where_and_what(stack: GatewayStack, body: str, told: str) -> None:
    assert stack.infer(body).body["error"] == told


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(with_data("[[1], [2]]"), id="nested data"),
        pytest.param(with_data(" [ 1.5e0 ,\n-2E+3 ]\t"), id="white space and exponents"),
        pytest.param(with_data("[9223372036854775807, -9223372036854775808]", "INT64"), id="the range of INT64"),
        pytest.param(with_data("[255, 0]", "UINT8"), id="unsigned integers"),
        pytest.param(with_data("[true, false]", "BOOL"), id="booleans"),
        pytest.param(with_data('["\\u00e9\\ud83d\\ude00\\n", "é"]', "BYTES"), id="texts with escapes"),
        pytest.param(request(id="a", parameters={"sequence_id": "s", "own": 1.5}), id="identifier and parameters"),
        pytest.param(request(outputs=[{"name": "sum", "parameters": {"binary_data": False}}]), id="chosen outputs"),
        pytest.param(request() + " \r\n", id="white space at the end"),
        pytest.param(request(tensor(shape=[64, 2], data=[1.5] * 128)), id="a full batch"),
    ],
)
def test_a_valid_request_passes_in_any_spelling(stack: GatewayStack, body: str) -> None:
    answer = stack.infer(body)
    assert answer.status == 200, answer.content


def binary(json_part: str, *tail: float, size: str | None = None) -> tuple[bytes, str]:
    return json_part.encode() + struct.pack(f"<{len(tail)}f", *tail), str(len(json_part)) if size is None else size


BINARY = request(tensor(data=None, parameters={"binary_data_size": 8}))


def test_binary_tensors_pass(stack: GatewayStack) -> None:
    body, size = binary(BINARY, 3, 4)
    answer = stack.infer(body, content_type="application/octet-stream", inference_header_content_length=size)
    assert answer.body["outputs"][0]["data"] == [7.0]


@pytest.mark.parametrize(
    ("body", "size"),
    [
        pytest.param(*binary(BINARY, 3), id="less than announced"),
        pytest.param(*binary(BINARY, 3, 4, 5), id="more than announced"),
        pytest.param(*binary(BINARY, 3, 4, size="0"), id="a JSON part of nothing"),
        pytest.param(*binary(BINARY, 3, 4, size="5"), id="a JSON part cut short"),
        pytest.param(*binary(BINARY, 3, 4, size=str(len(BINARY) + 8)), id="a JSON part that is all"),
        pytest.param(*binary(BINARY, 3, 4, size="-1"), id="a negative size"),
        pytest.param(*binary(BINARY, 3, 4, size="99999999999999999999"), id="a size of 20 digits"),
        pytest.param(*binary(BINARY, 3, 4, size=f"0x{len(BINARY):x}"), id="a hexadecimal size"),
        pytest.param(*binary(BINARY, 3, 4, size=f"{len(BINARY)},{len(BINARY)}"), id="two sizes"),
        pytest.param(*binary(spelled(BINARY, '"binary_data_size": 8', '"binary_data_size": 4'), 3), id="half a row"),
        pytest.param(*binary(spelled(BINARY, "[1, 2]", "[1000000000, 64]"), 3, 4), id="a huge shape"),
        pytest.param(
            *binary(spelled(BINARY, "8", "0").replace("[1, 2]", "[1, 4294967296, 4294967296]")),
            id="a shape that overflows to nothing",
        ),
        pytest.param(*binary(request(tensor(parameters={"binary_data_size": 8})), 3, 4), id="data twice"),
        pytest.param(*binary(spelled(BINARY, ": 8", ': "8"'), 3, 4), id="a size that is a text"),
        pytest.param(*binary(spelled(BINARY, ": 8", ": 1e12"), 3, 4), id="a size with an exponent"),
    ],
)
def test_binary_tensors_that_lie_about_their_size_are_refused(stack: GatewayStack, body: bytes, size: str) -> None:
    answer = stack.infer(body, content_type="application/octet-stream", inference_header_content_length=size)
    assert answer.status == 400, answer.content


def test_json_that_announces_binary_data_without_any_is_refused(stack: GatewayStack) -> None:
    assert stack.infer(BINARY).status == 400


@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "application/json, application/x-www-form-urlencoded"},
        {"content_type": "APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8"},
        {"content_type": "multipart/form-data; boundary=a"},
        {"content_type": "text/plain"},
        {"content_type": "application/json; charset=utf-16"},
        {"content_encoding": "gzip"},
        {"content_encoding": "identity, deflate"},
    ],
    ids=str,
)
def test_a_content_type_that_is_not_of_the_protocol_is_refused(stack: GatewayStack, headers: dict[str, str]) -> None:
    answer = stack.infer(b"a=" + b"b" * 3_000_000, **headers)
    assert answer.status == 415, answer.content


def test_a_rest_request_that_calls_itself_grpc_is_refused_as_grpc(stack: GatewayStack) -> None:
    assert stack.infer(GOOD, content_type="application/grpc").headers["grpc-status"] == "3"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/JSON;charset=UTF-8"])
def test_a_content_type_with_a_character_set_passes(stack: GatewayStack, content_type: str) -> None:
    assert stack.infer(GOOD, content_type=content_type).status == 200


def head(size_header: str, *, method: str = "POST", path: str = INFER) -> bytes:
    return (
        f"{method} {path} HTTP/1.1\r\nhost: a\r\nx-api-key: key-of-demo\r\ncontent-type: application/json\r\n"
        f"{size_header}\r\n\r\n"
    ).encode()


def test_a_body_in_a_million_tiny_chunks_arrives_in_one_piece(stack: GatewayStack) -> None:
    body = GOOD.encode() + b" " * 1_500_000
    chunks = b"".join(b"1\r\n" + body[n : n + 1] + b"\r\n" for n in range(len(body)))
    answer = stack.raw(head("transfer-encoding: chunked"), chunks, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_large_body_without_a_content_type_is_read_as_json(stack: GatewayStack) -> None:
    body = GOOD.encode() + b" " * 3_000_000
    start = head(f"content-length: {len(body)}").replace(b"content-type: application/json\r\n", b"")
    assert stack.raw(start, body).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("path", ["/v2/models/sum", "/v2/models/sum/ready", "/v2/health/ready"])
def test_a_question_may_not_carry_a_body_that_could_pass_for_the_next_one(stack: GatewayStack, path: str) -> None:
    smuggled = b"GET /v2/health/live HTTP/1.1\r\nhost: a\r\n\r\n"
    answer = stack.raw(head(f"content-length: {len(smuggled)}", method="GET", path=path), smuggled)
    assert answer.startswith(b"HTTP/1.1 400")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"] == "Ask without a body."


def test_a_request_with_two_lengths_is_refused(stack: GatewayStack) -> None:
    answer = stack.raw(head(f"content-length: {len(GOOD)}\r\ntransfer-encoding: chunked"), b"0\r\n\r\n", GOOD.encode())
    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(("method", "path"), [("GET", INFER), ("PUT", INFER), ("DELETE", "/v2/models/sum")])
def test_a_method_that_is_not_of_the_protocol_is_refused(stack: GatewayStack, method: str, path: str) -> None:
    answer = stack.raw(head("content-length: 0", method=method, path=path))
    assert answer.startswith(b"HTTP/1.1 405")
