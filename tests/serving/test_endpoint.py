"""The client speaks KServe v2 over one connection, and says what went wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.datatypes import NUMPY_TYPES, Datatype
from serving.endpoint import Endpoint, InferenceError, infer_request, infer_response
from serving.errors import ConfigurationError
from serving.manifest import Tensor
from tests.support.http_server import serving_by

X = Tensor(name="x", datatype="FP32", shape=(-1, 2))
ANSWER = {"outputs": [{"name": "label", "datatype": "INT64", "shape": [2, 1], "data": [3, 4]}]}


@dataclass
class Server:
    """What the server answers, and what it was asked."""

    url: str = ""
    status: int = 200
    content: bytes = b"{}"
    requests: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    clients: set[tuple[str, int]] = field(default_factory=set)


@pytest.fixture
def server() -> Iterator[Server]:
    script = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.answer(body)

        def do_GET(self) -> None:
            self.answer(None)

        def answer(self, body: Any) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            script.requests.append((self.path, headers, body))
            script.clients.add(self.client_address)
            self.send_response(script.status)
            self.send_header("content-length", str(len(script.content)))
            self.end_headers()
            self.wfile.write(script.content)

    with serving_by(Handler) as listening:
        script.url = f"http://127.0.0.1:{listening.server_port}"
        yield script


def test_an_inference_is_asked_and_answered(server: Server) -> None:
    server.content = json.dumps(ANSWER).encode()
    with Endpoint(server.url, {"x-api-key": "k"}) as endpoint:
        outputs = endpoint.infer("digits", {"x": np.array([[1, 2], [3, 4]])}, [X])
    assert outputs["label"].tolist() == [[3], [4]]
    path, headers, body = server.requests[0]
    assert path == "/v2/models/digits/infer"
    assert headers["x-api-key"] == "k"
    assert headers["content-type"] == "application/json"
    assert body == {"inputs": [{"name": "x", "shape": [2, 2], "datatype": "FP32", "data": [1.0, 2.0, 3.0, 4.0]}]}


def test_metadata_is_a_document(server: Server) -> None:
    server.content = b'{"name": "digits", "versions": ["1"]}'
    with Endpoint(server.url) as endpoint:
        assert endpoint.metadata("digits") == {"name": "digits", "versions": ["1"]}
    assert server.requests[0][0] == "/v2/models/digits"


def test_calls_share_one_connection(server: Server) -> None:
    with Endpoint(server.url) as endpoint:
        for _ in range(3):
            endpoint.metadata("digits")
    assert len(server.clients) == 1


def test_an_endpoint_can_be_used_after_it_was_closed(server: Server) -> None:
    with Endpoint(server.url) as endpoint:
        endpoint.metadata("digits")
        endpoint.close()
        endpoint.metadata("digits")
    assert len(server.clients) == 2


def test_a_name_cannot_change_the_path(server: Server) -> None:
    with Endpoint(server.url) as endpoint:
        endpoint.metadata("../repository/index")
    assert server.requests[0][0] == "/v2/models/..%2Frepository%2Findex"


@pytest.mark.parametrize(
    ("status", "content", "message"),
    [
        (400, b'{"error": "unexpected shape"}', "status 400: unexpected shape"),
        (503, b"upstream connect error", "status 503: upstream connect error"),
        (500, b"", "status 500: an empty answer"),
        (502, b"\xff" + b"x" * 1000, "status 502: \ufffd" + "x" * 299),
        (200, b"not json", "status 200: not json"),
        (200, b"[1]", r"status 200: \[1\]"),
    ],
)
def test_a_refusal_carries_status_and_message(server: Server, status: int, content: bytes, message: str) -> None:
    server.status, server.content = status, content
    with Endpoint(server.url) as endpoint, pytest.raises(InferenceError, match=f"^{message}$") as caught:
        endpoint.metadata("digits")
    assert caught.value.status == status


@pytest.mark.parametrize(
    "outputs",
    [
        None,
        [{"name": "label"}],
        [{"name": "label", "datatype": "INT65", "shape": [1], "data": [1]}],
        [{"name": "label", "datatype": "INT64", "shape": [2], "data": [1]}],
        [{"name": "label", "datatype": "INT64", "shape": [1], "data": ["one"]}],
        [{"name": "label", "datatype": "UINT8", "shape": [1], "data": {"a": 1}}],
        ["label"],
    ],
)
def test_an_answer_that_is_no_inference_is_an_error_and_not_a_crash(server: Server, outputs: Any) -> None:
    server.content = json.dumps({"outputs": outputs}).encode()
    with Endpoint(server.url) as endpoint, pytest.raises(InferenceError, match="not a KServe v2 inference answer"):
        endpoint.infer("digits", {"x": np.zeros((1, 2))}, [X])


def test_nobody_listening_has_no_status() -> None:
    with Endpoint("http://127.0.0.1:9", timeout_seconds=1) as endpoint, pytest.raises(InferenceError) as caught:
        endpoint.metadata("digits")
    assert caught.value.status is None
    assert "no answer" in str(caught.value)


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "https://127.0.0.1", "http://", "http://host/v2", "http://host:no"])
def test_what_is_no_endpoint_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"is no endpoint; give one like http://127\.0\.0\.1:8080"):
        Endpoint(url)


@pytest.mark.parametrize("datatype", [datatype for datatype in NUMPY_TYPES if datatype != "BYTES"])
@given(st.lists(st.integers(0, 1), min_size=1, max_size=6))
def test_values_of_every_datatype_survive_the_way_there_and_back(datatype: Datatype, values: list[int]) -> None:
    tensor = Tensor(name="x", datatype=datatype, shape=(-1, 1))
    array = np.array(values, dtype=NUMPY_TYPES[datatype]).reshape(-1, 1)
    body = json.loads(json.dumps(infer_request({"x": array}, [tensor])))
    returned = infer_response({"outputs": body["inputs"]})["x"]
    assert returned.dtype == array.dtype
    assert np.array_equal(returned, array)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1))
def test_floating_point_numbers_are_sent_exactly(values: list[float]) -> None:
    array = np.array(values, dtype=np.float32).reshape(-1, 1)
    body = json.dumps(infer_request({"x": array}, [Tensor(name="x", datatype="FP32", shape=(-1, 1))]))
    assert np.array_equal(infer_response({"outputs": json.loads(body)["inputs"]})["x"], array)


def test_text_may_be_str_or_bytes() -> None:
    tensor = Tensor(name="x", datatype="BYTES", shape=(-1, 1))
    array = np.array([["naïve"], [b"na\xc3\xafve"]], dtype=object)
    assert infer_request({"x": array}, [tensor])["inputs"][0]["data"] == ["naïve", "naïve"]
