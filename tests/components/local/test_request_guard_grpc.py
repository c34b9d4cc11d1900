"""The same attacks by gRPC: messages that a model server would read otherwise than the gateway, or choke on."""

import struct
from collections.abc import Iterator, Sequence

import grpc
import pytest
from tritonclient.grpc import service_pb2

from tests.support.callers import ask
from tests.support.gateway_stack import KEYS, MODEL, GatewayStack, message, publish_health

pytestmark = pytest.mark.e2e

MAX_GROWTH_MIB = 50
PATH = "/inference.GRPCInferenceService/ModelInfer"
FAULTS = ("2", "13", "14")


def answer_of(content: bytes) -> float:
    answer = service_pb2.ModelInferResponse.FromString(content)
    return float(struct.unpack("<f", answer.raw_output_contents[0])[0])


@pytest.fixture(autouse=True)
def unharmed(stack: GatewayStack) -> Iterator[None]:
    """After every attack the same process answers a good request, no larger than before."""
    pid, memory = stack.triton.pid, stack.triton.resident_mib()
    yield
    status, content = stack.call(message([3, 4]))
    assert (status, answer_of(content)) == ("OK", 7)
    assert stack.triton.pid == pid
    assert stack.triton.is_alive()
    assert stack.triton.resident_mib() - memory < MAX_GROWTH_MIB, "the model server grew"
    assert stack.envoy.counter("http.slipway.lua.errors") == 0, "the guard failed on something"


def faults(stack: GatewayStack) -> int:
    return sum(stack.envoy.counter(f"cluster.sum_blue_grpc.grpc.{status}") for status in FAULTS)


def contents(
    values: Sequence[object] = (1.0, 2.0),
    *,
    field: str = "fp32_contents",
    datatype: str = "FP32",
    name: str = "floats",
    shape: Sequence[int] = (1, 2),
) -> bytes:
    """Return a request whose values are inside its tensor."""
    built = service_pb2.ModelInferRequest(model_name=MODEL)
    tensor = built.inputs.add(name=name, datatype=datatype, shape=shape)
    getattr(tensor.contents, field).extend(values)
    return bytes(built.SerializeToString())


def field(number: int, payload: bytes) -> bytes:
    """Return a length-delimited protobuf field."""
    assert len(payload) < 128
    return bytes([number << 3 | 2, len(payload)]) + payload


def varint(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


TENSOR = field(1, b"floats") + field(2, b"FP32") + field(3, b"\1\2")
RAW = field(7, struct.pack("<2f", 1, 2))


def with_tensor(tensor: bytes) -> bytes:
    return field(1, MODEL.encode()) + field(5, tensor) + RAW


def with_shape(packed: bytes) -> bytes:
    return with_tensor(field(1, b"floats") + field(2, b"FP32") + packed)


def shared_memory(*, output: bool = False, whole: bool = False) -> bytes:
    built = service_pb2.ModelInferRequest.FromString(message())
    owner = built if whole else built.outputs.add(name="sum") if output else built.inputs[0]
    owner.parameters["shared_memory_region"].string_param = "r"
    return bytes(built.SerializeToString())


REFUSED = {
    "rows beyond all memory": message(shape=[999999999999, 64]),
    "rows that fill the memory": message(shape=[1000000000, 64]),
    "rows that fill the memory, with contents": contents(shape=[1000000000, 64]),
    "a product that overflows to zero": message([], shape=[2**32, 2**32]),
    "a negative dimension": message(shape=[-1, 2]),
    "a zero": message([], shape=[0, 2]),
    "a shape in two packed fields": with_shape(field(3, varint(1000000000)) + field(3, b"\2")),
    "a shape that is not packed": with_shape(b"\x18" + varint(1000000000) + b"\x18\2"),
    "a dimension in more bytes than it needs": with_shape(field(3, b"\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\1\2")),
    "a dimension that does not end": with_shape(field(3, b"\1\xff")),
    "fewer bytes than the shape asks for": message([1]),
    "more bytes than the shape asks for": message([1, 2, 3]),
    "fewer values than the shape asks for": contents([1.0]),
    "more values than the shape asks for": contents([1.0, 2.0, 3.0]),
    "values of another type": contents([1, 2], field="int64_contents"),
    "a value that does not end": with_tensor(TENSOR + field(5, field(6, b"\0" * 7))),
    "no values": field(1, MODEL.encode()) + field(5, TENSOR),
    "raw contents without an input": message() + RAW,
    "raw contents and contents": contents() + RAW,
    "contents twice": with_tensor(TENSOR + field(5, b"") * 2),
    "a datatype that is not one": with_tensor(field(1, b"floats") + field(2, b"fp32") + field(3, b"\1\2")),
    "no datatype": with_tensor(field(1, b"floats") + field(3, b"\1\2")),
    "the datatype twice": with_tensor(TENSOR + field(2, b"FP64")),
    "no model": message()[len(field(1, MODEL.encode())) :],
    "the model twice": field(1, MODEL.encode()) + message(),
    "another model last": message() + field(1, b"other"),
    "a model by a number": b"\x08\1" + message(),
    "a model that is a path": field(1, b"../sum") + message()[5:],
    "a text that is not UTF-8": with_tensor(field(1, b"fl\xa3ts") + field(2, b"FP32") + field(3, b"\1\2")),
    "a text that is not UTF-8 in a parameter": message() + field(4, field(1, b"\xed\xa0\x80")),
    "an overlong field number": b"\x8a\x80\x00\x03sum" + message(),
    "a field that nobody knows": message() + b"\x78\1",
    "field zero of a parameter": message() + field(4, field(1, b"a") + field(2, b"\2\0")),
    "a group": message() + b"\x0b\x0c",
    "groups in groups": message() + b"\x0b" * 100_000,
    "a length beyond the end": field(1, MODEL.encode()) + b"\x2a\xff\xff\xff\xff\x0f",
    "shared memory for an input": shared_memory(),
    "shared memory for an output": shared_memory(output=True),
    "shared memory for the request": shared_memory(whole=True),
    "more fields than anyone has": message() + field(4, field(1, b"a")) * 2000,
    "nothing": b"",
}


@pytest.mark.parametrize("attack", [pytest.param(attack, id=name) for name, attack in REFUSED.items()])
def test_a_message_that_could_harm_the_model_server_is_refused_before_it(stack: GatewayStack, attack: bytes) -> None:
    asked = stack.envoy.counter("cluster.sum_blue_grpc.upstream_rq_total")
    status, text = stack.call(attack)
    assert (status, bool(text)) == ("INVALID_ARGUMENT", True)
    assert stack.envoy.counter("cluster.sum_blue_grpc.upstream_rq_total") == asked, "it reached the model server"


@pytest.mark.parametrize(
    "valid",
    [
        pytest.param(message(), id="raw contents"),
        pytest.param(contents(), id="contents"),
        pytest.param(with_shape(b"\x18\1\x18\2"), id="a shape that is not packed"),
        pytest.param(with_shape(field(3, b"\1") + field(3, b"\2")), id="a shape in two packed fields"),
        pytest.param(contents([300, -4], field="int64_contents", datatype="INT64", name="longs"), id="integers"),
        pytest.param(contents([True, False], field="bool_contents", datatype="BOOL", name="flags"), id="booleans"),
        pytest.param(contents([b"\xff", b""], field="bytes_contents", datatype="BYTES", name="texts"), id="texts"),
        pytest.param(message() + field(3, "é😀".encode()), id="an identifier"),
        pytest.param(message() + field(6, field(1, b"sum")), id="a chosen output"),
    ],
)
def test_a_valid_message_passes_in_any_form(stack: GatewayStack, valid: bytes) -> None:
    before = faults(stack)
    assert stack.call(valid)[0] == "OK"
    assert faults(stack) == before


FRAMED = b"\0" + struct.pack(">I", len(message())) + message()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(FRAMED * 2, id="two messages"),
        pytest.param(FRAMED[:-1], id="a message cut short"),
        pytest.param(b"\1" + FRAMED[1:], id="a compressed message"),
        pytest.param(b"\0" + b"\xff" * 4 + message(), id="a length beyond the end"),
        pytest.param(FRAMED + b"\0\0\0\0\0", id="an empty message behind"),
        pytest.param(b"\0\0", id="half a length"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_anything_but_one_plain_frame_is_refused(stack: GatewayStack, body: bytes) -> None:
    answer = ask(stack.url, PATH, body, content_type="application/grpc", te="trailers", x_api_key=KEYS["demo"])
    assert answer.headers["grpc-status"] == "3"
    assert answer.headers["grpc-message"] == "Send exactly one message, uncompressed."


def test_a_compressed_message_is_refused(stack: GatewayStack) -> None:
    with grpc.insecure_channel(stack.url.removeprefix("http://"), compression=grpc.Compression.Gzip) as channel:
        function = channel.unary_unary(PATH, None, None)
        with pytest.raises(grpc.RpcError, match="uncompressed"):
            function(message() + field(3, b"a" * 100), metadata=(("x-api-key", KEYS["demo"]),))


@pytest.mark.parametrize(
    "content_type", ["application/grpc+json", "application/grpc-web", "application/json", "text/a"]
)
def test_a_grpc_path_takes_only_grpc(stack: GatewayStack, content_type: str) -> None:
    answer = ask(stack.url, PATH, FRAMED, content_type=content_type, x_api_key=KEYS["demo"])
    assert answer.status == 415 or answer.headers["grpc-status"] == "3"


@pytest.mark.parametrize(
    "method",
    [
        *("ServerLive", "ServerReady", "ServerMetadata", "ModelStreamInfer", "ModelConfig", "ModelStatistics"),
        *("RepositoryIndex", "RepositoryModelLoad", "RepositoryModelUnload", "SystemSharedMemoryRegister"),
        *("CudaSharedMemoryStatus", "TraceSetting", "LogSettings", "modelinfer", "ModelInfer/", "__index"),
    ],
)
def test_only_inference_metadata_and_readiness_can_be_called(stack: GatewayStack, method: str) -> None:
    assert stack.call(field(1, MODEL.encode()), method) == (
        "UNIMPLEMENTED",
        "Call ModelInfer, ModelMetadata or ModelReady.",
    )


def test_metadata_can_be_asked(stack: GatewayStack) -> None:
    status, content = stack.call(field(1, MODEL.encode()), "ModelMetadata")
    assert (status, service_pb2.ModelMetadataResponse.FromString(content).name) == ("OK", MODEL)


def test_readiness_is_what_the_prober_knows_not_what_the_model_server_says(stack: GatewayStack) -> None:
    status, content = stack.call(field(1, MODEL.encode()), "ModelReady")
    assert (status, service_pb2.ModelReadyResponse.FromString(content).ready) == ("OK", True)
    publish_health(stack.health, healthy=False)
    try:
        assert stack.call(field(1, MODEL.encode()), "ModelReady") == ("UNAVAILABLE", "Model sum is not ready.")
    finally:
        publish_health(stack.health, healthy=True)


@pytest.mark.parametrize(
    ("call", "status", "told"),
    [
        ({"key": "guest"}, "PERMISSION_DENIED", "Client guest may not call this model"),
        ({"key": "guest", "x_slipway_client": "demo"}, "PERMISSION_DENIED", "Client guest may not call this model"),
        ({"x_slipway_slot": "green"}, "PERMISSION_DENIED", "Client demo may not choose the slot"),
        ({"key": "operator", "x_slipway_slot": "red"}, "NOT_FOUND", "Model sum has no such slot"),
    ],
)
def test_who_may_call_what_is_decided_by_the_key(
    stack: GatewayStack, call: dict[str, str], status: str, told: str
) -> None:
    answered, text = stack.call(message(), **call)
    assert (answered, text[: len(told)]) == (status, told)


@pytest.mark.parametrize("forged", [{}, {"x_slipway_model": MODEL}])
def test_which_model_is_called_is_decided_by_the_message(stack: GatewayStack, forged: dict[str, str]) -> None:
    answered, text = stack.call(message(model="other"), **forged)
    assert (answered, text.startswith("There is no such model here")) == ("NOT_FOUND", True)


def test_a_client_that_may_pins_a_slot(stack: GatewayStack) -> None:
    asked = stack.envoy.counter("cluster.sum_green_grpc.upstream_rq_total")
    assert stack.call(message(), key="operator", x_slipway_slot="green")[0] == "OK"
    assert stack.envoy.counter("cluster.sum_green_grpc.upstream_rq_total") == asked + 1


def test_a_call_without_a_key_is_not_authenticated(stack: GatewayStack) -> None:
    with grpc.insecure_channel(stack.url.removeprefix("http://")) as channel:
        function = channel.unary_unary(PATH, None, None)
        with pytest.raises(grpc.RpcError, match="Send a valid key in the header x-api-key") as refused:
            function(message())
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_a_message_over_the_limit_is_refused(stack: GatewayStack) -> None:
    status, text = stack.call(message([1.0] * 1_500_000, shape=[1, 1_500_000]))
    assert (status, text) == ("RESOURCE_EXHAUSTED", "The body is larger than 4194304 bytes; send fewer rows at once.")


def test_a_message_below_the_limit_passes(stack: GatewayStack) -> None:
    status, content = stack.call(message([1.0] * 1_000_000, shape=[1, 1_000_000]))
    assert (status, answer_of(content)) == ("OK", 1_000_000)


def test_what_a_failing_model_says_stays_in_the_log_and_is_counted(stack: GatewayStack) -> None:
    before = faults(stack)
    status, text = stack.call(message([-1, 0]))
    assert (status, "log under request" in text, "secret" in text) == ("INTERNAL", True, False)
    assert faults(stack) == before + 1
