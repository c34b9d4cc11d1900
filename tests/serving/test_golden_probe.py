"""`python -m serving.golden_probe` answers by its exit status, and imports nothing that takes time."""

import json
import subprocess
import sys
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
