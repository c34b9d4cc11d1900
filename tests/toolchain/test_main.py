import subprocess
import sys
from pathlib import Path

import pytest

from toolchain import __main__ as command_line
from toolchain.errors import SetupError

ROOT = Path(__file__).parents[2]


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs the real command line; -S shows that it needs no installed package."""
    command = [sys.executable, "-S", "-m", "toolchain", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_help_names_the_command_and_needs_no_installed_package() -> None:
    answer = run("--help")
    assert answer.returncode == 0
    assert "setup" in answer.stdout


def test_an_unknown_command_is_a_usage_error() -> None:
    answer = run("set-up")
    assert answer.returncode == 2
    assert "invalid choice: 'set-up'" in answer.stderr


@pytest.mark.parametrize(
    ("problem", "code", "text"),
    [
        (SetupError("No engine could be had."), 1, "No engine could be had.\n"),
        (
            PermissionError(13, "Permission denied", "/cache"),
            1,
            "cannot go on: [Errno 13] Permission denied: '/cache'\n",
        ),
        (KeyboardInterrupt(), 130, "Interrupted; the next run goes on from here.\n"),
    ],
)
def test_a_failure_is_a_sentence_and_an_exit_code(
    problem: BaseException,
    code: int,
    text: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: Path) -> str:
        raise problem

    monkeypatch.setattr(sys, "argv", ["toolchain", "setup"])
    monkeypatch.setattr(command_line, "set_up", fail)
    assert command_line.main() == code
    assert text in capsys.readouterr().err


def test_success_names_the_engine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["toolchain", "setup"])
    monkeypatch.setattr(command_line, "set_up", lambda _: "Pulumi 9.9.9 (found)")
    assert command_line.main() == 0
    assert capsys.readouterr().out == "Setup is complete: Pulumi 9.9.9 (found).\n"
