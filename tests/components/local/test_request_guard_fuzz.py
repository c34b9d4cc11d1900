"""Valid requests with a few bytes changed: what the guard lets pass, the model server never calls its own failure."""

import random

import pytest
from tritonclient.grpc import service_pb2

from tests.support.gateway_stack import MODEL, GatewayStack, message, request, tensor

pytestmark = pytest.mark.e2e

SEEDS = range(4)
REQUESTS = 150
PIECES = [b'"', b",", b"[", b"]", b"{", b"}", b":", b"0", b"-", b".", b"e", b"\\", b"\0", b" ", b"\x80", b"1", b"+"]
JSON = [
    request(id="a", parameters={"own": 1, "sequence_start": True}, outputs=[{"name": "sum"}]),
    request(tensor(shape=[2, 2], data=[[1.5, -2], [3e2, 0]])),
    request(tensor(name="longs", datatype="INT64"), tensor(name="flags", datatype="BOOL", data=[True, False])),
    request(tensor(name="texts", datatype="BYTES", data=["é\n", "\U0001f600"])),
]


def grpc_messages() -> list[bytes]:
    full = service_pb2.ModelInferRequest(model_name=MODEL, id="a")
    full.parameters["own"].int64_param = 5
    full.outputs.add(name="sum").parameters["classification"].int64_param = 1
    full.inputs.add(name="longs", datatype="INT64", shape=[1, 2]).contents.int64_contents.extend([300, -1])
    return [message(), bytes(full.SerializeToString())]


def changed(source: bytes, rng: random.Random) -> bytes:
    result = bytearray(source)
    for _ in range(rng.choice([1, 1, 2, 3])):
        at = rng.randrange(len(result))
        how = rng.randrange(4)
        if how == 0:
            del result[at]
        elif how == 1:
            result[at:at] = rng.choice(PIECES)
        elif how == 2:
            result[at] = rng.randrange(256)
        else:
            other = rng.randrange(len(result))
            result[at:at] = result[min(at, other) : max(at, other)]
    return bytes(result)


@pytest.mark.parametrize("seed", SEEDS)
def test_no_json_that_passes_is_counted_as_a_failure(stack: GatewayStack, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 (the same changes every time)
    for _ in range(REQUESTS):
        body = changed(rng.choice(JSON).encode(), rng)
        assert stack.infer(body).status in {200, 400, 404}, body
    assert stack.triton.is_alive()


@pytest.mark.parametrize("seed", SEEDS)
def test_no_message_that_passes_is_counted_as_a_failure(stack: GatewayStack, seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 (the same changes every time)
    for _ in range(REQUESTS):
        body = changed(rng.choice(grpc_messages()), rng)
        assert stack.call(body)[0] in {"OK", "INVALID_ARGUMENT", "NOT_FOUND"}, body.hex()
    assert stack.triton.is_alive()


def test_the_messages_to_change_are_valid(stack: GatewayStack) -> None:
    assert [stack.infer(body).status for body in JSON] == [200] * len(JSON)
    assert [stack.call(body)[0] for body in grpc_messages()] == ["OK", "OK"]
