"""Requests that would end or swell a model server, or be counted as its failure, sent through the real gateway."""

import json
import struct
from collections.abc import Iterator

import pytest

from tests.support.gateway_stack import INFER, GatewayStack, request, tensor
from tests.support.json_attacks import (
    DEEP_NESTING,
    HUGE_SHAPES,
    NOT_JSON,
    SHARED_MEMORY,
    WRONG_DATA,
    spelled,
    with_data,
    with_shape,
)

pytestmark = pytest.mark.e2e

MAX_GROWTH_MIB = 50
GOOD = request(tensor(data=[3, 4]))

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
        (with_data("[" * 17), "request.inputs[0].data[0] is nested deeper than 16 arrays."),
        (with_data('[1, "2"]'), "request.inputs[0].data[1] must be a number."),
        (
            request(parameters={"timeout": "5"}),
            "request.parameters.timeout must be a whole number of at most 15 digits",
        ),
    ],
)
def test_a_refusal_says_where_and_what(stack: GatewayStack, body: str, told: str) -> None:
    assert stack.infer(body).body["error"].startswith(told)


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
