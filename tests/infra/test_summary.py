"""What `make up` ends with, and what it must not show."""

import json
from pathlib import Path

import pytest

from infra import summary
from tests.support.project_programs import program

OUTPUTS = {
    "gateway_url": "http://127.0.0.1:8080",
    "api_key_demo": "[secret]",
    "models": {
        "tumours": {"url": "http://127.0.0.1:8080/v2/models/tumours/infer"},
        "digits": {"url": "http://127.0.0.1:8080/v2/models/digits/infer"},
    },
}


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for the engine and for curl."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    program(tmp_path, "pulumi", f"case \"$*\" in *--json*) echo '{json.dumps(OUTPUTS)}';; *) echo s3cret;; esac")
    return tmp_path


def test_the_summary_shows_a_call_with_its_real_answer(commands: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(commands, "curl", """echo "$@" > asked; echo '{"outputs": [7]}'""")
    assert summary.main(["--stack", "mine"]) == 0
    shown = capsys.readouterr().out
    assert 'Answer    {"outputs": [7]}' in shown
    assert "Gateway   http://127.0.0.1:8080" in shown
    assert "Take down make down STACK=mine" in shown
    asked = (commands / "asked").read_text()
    assert "x-api-key: s3cret" in asked
    assert "-d @.slipway/mine/samples/digits.json http://127.0.0.1:8080/v2/models/digits/infer" in asked


def test_the_key_itself_is_never_shown(commands: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(commands, "curl", "echo refused")
    summary.main([])
    assert "s3cret" not in capsys.readouterr().out


def test_a_model_that_does_not_answer_is_a_failure(commands: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program(commands, "curl", "echo 'curl: (7) Failed to connect' >&2; exit 7")
    assert summary.main([]) == 1
    assert "Answer    curl: (7) Failed to connect" in capsys.readouterr().out


def test_the_summary_says_how_to_release_and_roll_back_the_model_it_asked() -> None:
    shown = summary.text(stack="local", model="digits", gateway_url="u", slots="table", command="curl", answer="{}")
    assert "make release MODEL=digits RELEASE=releases/digits/2 STACK=local" in shown
    assert "make rollback MODEL=digits STACK=local" in shown
    assert "table" in shown
