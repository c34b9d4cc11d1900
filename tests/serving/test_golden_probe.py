"""`python -m serving.golden_probe` answers by its exit status, and imports nothing that takes time."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from serving.golden_probe import GoldenProbe, main
from tests.support.recording_server import recording_server
from tests.support.waiting import free_port


@pytest.fixture
def file(tmp_path: Path) -> Path:
    probe = GoldenProbe(model="tiny", request={"inputs": []}, output="label", expected=[1])
    (tmp_path / "probe.json").write_text(json.dumps(probe.document()))
    return tmp_path / "probe.json"


@pytest.mark.parametrize(
    ("answer", "status", "said"),
    [
        (b'{"outputs": [{"name": "label", "data": [1]}]}', 0, ""),
        (b'{"outputs": [{"name": "label", "data": [2]}]}', 1, "tiny: label is [2], expected [1]"),
    ],
)
def test_the_answer_decides_the_status(
    file: Path, answer: bytes, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with recording_server() as server:
        server.answer = (200, answer)
        assert main([str(file), "--url", f"http://127.0.0.1:{server.port}"]) == status
    assert capsys.readouterr().out.strip() == said


@contextmanager
def silent_server() -> Iterator[str]:
    """Take connections and never answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_silence_is_a_failure_that_says_how_long_was_waited(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with silent_server() as url:
        assert main([str(file), "--url", url, "--timeout-seconds", "0.2"]) == 1
    assert capsys.readouterr().out == "tiny: no answer within 0.2 s\n"


def test_a_server_that_is_only_busy_is_alive(file: Path) -> None:
    with silent_server() as url:
        assert main([str(file), "--url", url, "--timeout-seconds", "0.2", "--silence-is-work"]) == 0


@pytest.mark.parametrize("answer", [(500, b"Stub process is not healthy"), (200, b'{"outputs": []}')])
def test_a_wrong_answer_is_no_work(file: Path, answer: tuple[int, bytes]) -> None:
    with recording_server() as server:
        server.answer = answer
        assert main([str(file), "--url", f"http://127.0.0.1:{server.port}", "--silence-is-work"]) == 1


def test_nobody_there_is_no_work(file: Path) -> None:
    assert main([str(file), "--url", f"http://127.0.0.1:{free_port()}", "--silence-is-work"]) == 1


def test_a_start_is_waited_for_and_then_told_at_once(file: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "serving.golden_probe", str(file), "--url", f"http://127.0.0.1:{port}"]
    with subprocess.Popen([*command, "--patience-seconds", "60"]) as asking:
        with pytest.raises(subprocess.TimeoutExpired):
            asking.wait(1.5)
        with recording_server(port=port) as server:
            server.answer = (200, b'{"outputs": [{"name": "label", "data": [1]}]}')
            assert asking.wait(10) == 0


@pytest.mark.parametrize("timeout", ["0.3", "60"])
def test_patience_is_kept_to_whatever_the_server_does(file: Path, timeout: str) -> None:
    with silent_server() as url:
        begun = time.monotonic()
        assert main([str(file), "--url", url, "--timeout-seconds", timeout, "--patience-seconds", "2"]) == 1
        assert 1 <= time.monotonic() - begun <= 2.5
    begun = time.monotonic()
    assert main([str(file), "--url", f"http://127.0.0.1:{free_port()}", "--patience-seconds", "2"]) == 1
    assert 1 <= time.monotonic() - begun <= 2.5, "a refusal comes at once, and is no reason to give up early"


def test_nobody_listening_is_a_failure(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file), "--url", f"http://127.0.0.1:{free_port()}"]) == 1
    assert "tiny: no answer (" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, "no json", '{"model": "tiny"}'])
def test_a_file_that_is_no_probe_is_wrong_usage(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.json"
    if content:
        path.write_text(content)
    with pytest.raises(SystemExit) as caught:
        main([str(path)])
    assert caught.value.code == 2
    assert "is no probe" in capsys.readouterr().err


def test_it_needs_the_standard_library_alone() -> None:
    code = (
        "import sys, serving.golden_probe as p; print(*(m for m in sys.modules.values() if 'site-packages' in str(m)))"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert not done.stdout.split(), "a probe runs every few seconds in every pod"
