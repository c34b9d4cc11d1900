"""The load driver sees what it is there to see: a count of nothing wrong proves something only if wrong would count."""

import json
import selectors
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any

import grpc
import pytest
from tritonclient.grpc import service_pb2

from serving.release import Release
from tests.support.http_server import serving_by
from tests.support.load import LoadPlan, Tally, labels, load
from tests.support.load_connections import Answer, Request, Rest
from tests.support.tiny_releases import FEATURES, linear_model, make_release, rows
from tests.support.waiting import free_port, until

# What the servers below do to a row, by its number.
RIGHT, WRONG, BY_NO_KNOWN_RELEASE, REFUSED, CUT_OFF = range(5)
ENDINGS = 5
SEEN = 4 * ENDINGS


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return make_release(linear_model(), tmp_path_factory.mktemp("releases") / "1")


@pytest.fixture(scope="module")
def asked() -> dict[str, Any]:
    found = rows(ENDINGS)
    # The first feature names the row, for servers that compute nothing.
    found[:, 0] = range(ENDINGS)
    return {"x": found}


def answer_of(row: int, right: int | None, release: Release) -> tuple[int, dict[str, str]]:
    digest = "0" * 12 if row == BY_NO_KNOWN_RELEASE else release.digest[:12]
    headers = {"x-slipway-slot": "blue", "x-slipway-release": digest, "x-request-id": "r"}
    assert right is not None
    return right + (row == WRONG), headers


@pytest.fixture
def rest(release: Release, asked: dict[str, Any]) -> Iterator[str]:
    right = labels(release, asked)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            row = int(body["inputs"][0]["data"][0])
            if row == CUT_OFF:
                self.close_connection = True
                return
            label, headers = answer_of(row, right[row], release)
            answer = json.dumps({"outputs": [{"name": "label", "data": [label]}]}).encode()
            self.send_response(503 if row == REFUSED else 200)
            for name, value in {**headers, "content-length": str(len(answer))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer)

    with serving_by(Handler) as server:
        yield f"http://127.0.0.1:{server.server_port}"


@pytest.fixture
def rpc(release: Release, asked: dict[str, Any]) -> Iterator[str]:
    right = labels(release, asked)

    def infer(request: bytes, context: Any) -> bytes:
        sent = service_pb2.ModelInferRequest.FromString(request)
        row = int(struct.unpack(f"{FEATURES}f", sent.raw_input_contents[0])[0])
        label, headers = answer_of(row, right[row], release)
        if row == CUT_OFF:
            context.abort(grpc.StatusCode.UNAVAILABLE, "Socket closed")
        context.send_initial_metadata(tuple(headers.items()))
        if row == REFUSED:
            context.abort(grpc.StatusCode.UNAVAILABLE, "no healthy upstream")
        output = service_pb2.ModelInferResponse.InferOutputTensor(name="label", datatype="INT64", shape=[1, 1])
        raw = [label.to_bytes(8, "little")]
        answer: bytes = service_pb2.ModelInferResponse(outputs=[output], raw_output_contents=raw).SerializeToString()
        return answer

    handler = grpc.method_handlers_generic_handler(
        "inference.GRPCInferenceService", {"ModelInfer": grpc.unary_unary_rpc_method_handler(infer)}
    )
    port = free_port()
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers((handler,))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop(None).wait()


def tally_of(url: str, kind: str, release: Release, asked: dict[str, Any]) -> Tally:
    plan = LoadPlan(url=url, model="tiny", key="k", rows=asked, releases=[release], rates={kind: 100})
    with load(plan) as running:
        until(lambda: running.tally().counted >= SEEN, 10, f"{SEEN} requests that ended")
        return running.stop()


def check_every_ending_is_counted_once(tally: Tally) -> None:
    share = tally.total // ENDINGS
    assert tally.counted == tally.total, "every request ends in exactly one way"
    assert share <= tally.right["blue"] <= share + 1
    assert 2 * share <= tally.wrong["blue"] <= 2 * share + 2, "another release's answer is wrong, and so is nobody's"
    assert share <= sum(tally.refused.values()) <= share + 1
    assert share <= sum(tally.lost.values()) <= share + 1


@pytest.mark.parametrize("kind", ["rest", "rest_new"])
def test_every_rest_request_is_right_wrong_refused_or_lost(
    kind: str, rest: str, release: Release, asked: dict[str, Any]
) -> None:
    tally = tally_of(rest, kind, release, asked)
    check_every_ending_is_counted_once(tally)
    assert set(tally.refused) == {"503 by blue"}
    assert set(tally.lost) == {"connection closed without an answer"}


@pytest.mark.parametrize("kind", ["grpc", "grpc_new"])
def test_every_grpc_call_is_right_wrong_refused_or_lost(
    kind: str, rpc: str, release: Release, asked: dict[str, Any]
) -> None:
    tally = tally_of(rpc, kind, release, asked)
    check_every_ending_is_counted_once(tally)
    assert set(tally.refused) == {"gRPC UNAVAILABLE by blue"}
    assert set(tally.lost) == {"gRPC UNAVAILABLE: Socket closed"}


def test_requests_to_a_port_that_nobody_listens_on_are_lost(release: Release, asked: dict[str, Any]) -> None:
    tally = tally_of(f"http://127.0.0.1:{free_port()}", "rest", release, asked)
    assert sum(tally.lost.values()) == tally.total


def test_a_connection_that_breaks_while_it_writes_is_not_read_any_more() -> None:
    answers: list[Answer] = []
    with socket.create_server(("127.0.0.1", 0)) as server, selectors.DefaultSelector() as selector:
        rest = Rest(
            address=server.getsockname(),
            messages=[b"half a request"],
            output="label",
            fresh=True,
            selector=selector,
            done=lambda _, answer: answers.append(answer),
        )
        request = Request(kind="rest", row=0, due=0, sent=0)
        rest.send(request)
        broken, _ = server.accept()
        # Closed so, it resets the connection.
        broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        broken.close()
        connection = rest.busy[request]
        connection.unsent = b"the other half"
        selector.select(1)
        connection.ready(selectors.EVENT_READ | selectors.EVENT_WRITE)
    assert [answer.lost for answer in answers] == ["ConnectionResetError"]
