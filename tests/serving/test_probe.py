"""A probe tells a slot that answers rightly from one that only says that it is ready."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from serving.golden_probe import SilentError
from serving.probe import Probe, ProbeError
from tests.support.http_server import serving_by
from tests.support.tiny_releases import constant_model, linear_model, make_release
from tests.support.waiting import free_port

TIMEOUT_SECONDS = 5.0


class ModelServer(BaseHTTPRequestHandler):
    """Answers what the test has put into the server."""

    def do_POST(self) -> None:
        server: Any = self.server
        server.asked.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["content-length"]))))
        status, body = server.answer
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        if status is None:
            return
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def server() -> Iterator[Any]:
    made: Any
    with serving_by(ModelServer) as made:
        made.asked, made.answer = [], (200, outputs(1))
        made.url = f"http://127.0.0.1:{made.server_port}"
        yield made


def outputs(*values: float, name: str = "label", datatype: str = "INT64") -> dict[str, Any]:
    output = {"name": name, "datatype": datatype, "shape": [1, len(values)], "data": list(values)}
    return {"outputs": [output]}


def probe(*expected: float) -> Probe:
    return Probe(model="tiny", request={"inputs": []}, output="label", expected=list(expected or (1,)))


def test_the_probe_of_a_release_is_its_first_golden_row_with_its_own_answer(tmp_path: Path) -> None:
    right = Probe.of(make_release(linear_model(), tmp_path / "right"))
    wrong = Probe.of(make_release(constant_model(2), tmp_path / "wrong", version="2"))
    assert (right.model, right.output) == ("tiny", "label")
    (question,) = right.request["inputs"]
    assert (question["name"], question["shape"], len(question["data"])) == ("x", [1, 4], 4)
    assert wrong.expected == [2], "what a release answers, right or wrong, is what its slot must answer"
    assert wrong.request == right.request


def test_a_probe_can_be_kept_in_a_file(tmp_path: Path) -> None:
    kept = Probe.of(make_release(linear_model(), tmp_path / "release"))
    assert Probe.read(json.loads(json.dumps(kept.document()))) == kept


def test_the_expected_answer_is_no_problem(server: Any) -> None:
    probe().ask(server.url, TIMEOUT_SECONDS)
    ((path, headers, body),) = server.asked
    assert (path, json.loads(body)) == ("/v2/models/tiny/infer", {"inputs": []})
    assert headers["connection"] == "close", "a model server waits for idle connections before it ends"


def test_numbers_may_differ_in_their_last_digits(server: Any) -> None:
    server.answer = (200, outputs(0.70001, datatype="FP32"))
    probe(0.7).ask(server.url, TIMEOUT_SECONDS)


PROBLEMS: dict[str, tuple[tuple[Any, Any], str]] = {
    "another class": ((200, outputs(2)), r"label is \[2\], expected \[1\]"),
    "another number": ((200, outputs(0.8, datatype="FP32")), r"label is \[0.8"),
    "not a number": ((200, outputs(float("nan"), datatype="FP32")), r"label is \[nan\]"),
    "more answers": ((200, outputs(1, 1)), r"label is \[1, 1\], expected \[1\]"),
    "another output": ((200, outputs(1, name="score")), "not an inference answer: "),
    "no outputs": ((200, {"ready": True}), "not an inference answer: "),
    "no JSON": ((200, b"<html>"), "not an inference answer: <html>"),
    "no bytes": ((200, b"\xff\xfe"), "not an inference answer: "),
    "an error": ((500, {"error": "Stub process 'tiny_0_0' is not healthy."}), "status 500: .*Stub process"),
    "nothing": ((None, b""), r"no answer \("),
}


@pytest.mark.parametrize("case", PROBLEMS)
def test_anything_else_is_a_problem_that_says_what_came(server: Any, case: str) -> None:
    server.answer, said = PROBLEMS[case]
    expected = 0.7 if "number" in case else 1
    with pytest.raises(ProbeError, match=said):
        probe(expected).ask(server.url, TIMEOUT_SECONDS)


def test_nobody_listening_is_a_problem() -> None:
    with pytest.raises(ProbeError, match=r"no answer \(.*refused"):
        probe().ask(f"http://127.0.0.1:{free_port()}", TIMEOUT_SECONDS)


def test_a_server_that_takes_too_long_is_a_problem(server: Any) -> None:
    # The request is accepted by the system and read by nobody: the server is busy shutting down.
    server.shutdown()
    with pytest.raises(SilentError, match=r"no answer within 0\.2 s"):
        probe().ask(server.url, 0.2)
