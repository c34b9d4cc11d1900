"""The benchmark's command, its processor times, the in-process limit and the FastAPI application it compares with.

The servers themselves are measured by `make bench`.
"""

import asyncio
import json
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from bench import fastapi_app, serve
from bench.in_process import golden_rows, open_session, run_batches
from bench.processor_time import spent_during
from serving.endpoint import encoded, infer_response
from serving.release import Release
from tests.support.tiny_releases import linear_model, make_release


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return make_release(linear_model(), tmp_path / "tiny")


async def post(app: Any, path: str, body: bytes) -> tuple[int, bytes]:
    """Ask an ASGI application as a server would."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    await app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)


def test_fastapi_answers_what_the_model_answers(release: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(fastapi_app.RELEASE_VARIABLE, str(release.directory))
    rows = golden_rows(release, 3)
    body = encoded(rows, release.manifest.inputs)
    status, answer = asyncio.run(post(fastapi_app.create(), "/v2/models/tiny/infer", body))
    assert status == 200
    session = open_session(release, threads=1)
    names = [tensor.name for tensor in release.manifest.outputs]
    expected = dict(zip(names, session.run(names, rows), strict=True))
    outputs = infer_response(json.loads(answer))
    assert outputs.keys() == expected.keys(), "the comparison is fair only with the same outputs"
    for name, array in outputs.items():
        np.testing.assert_allclose(array.reshape(expected[name].shape), expected[name], rtol=1e-6)


def test_every_row_of_a_batch_counts_as_a_request(release: Release) -> None:
    load = run_batches(release, threads=1, batch=32, seconds=0.05)
    assert load.requests % 32 == 0
    assert load.seconds >= 0.05
    assert load.p50_ms <= load.p99_ms


def test_processor_time_is_that_of_the_work_alone() -> None:
    def work() -> str:
        end = time.process_time() + 0.2
        while time.process_time() < end:
            pass
        return "done"

    processes = {"this": [psutil.Process()], "none": []}
    outcome, spent = spent_during(processes, work)
    assert outcome == "done"
    assert 0.15 <= spent["this"] <= 0.5
    assert spent["none"] == 0


def test_a_missing_wrk_ends_the_command_with_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SystemExit) as ended:
        serve.main([])
    assert ended.value.code == 2
    assert "apt install wrk" in capsys.readouterr().err


@pytest.mark.parametrize("argument", ["0", "-1", "many", "1.5"])
def test_rounds_and_seconds_are_whole_numbers(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        serve.main(["--rounds", argument])
    assert ended.value.code == 2
    assert "not a whole number of 1 or more" in capsys.readouterr().err
