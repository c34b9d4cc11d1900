import json
import platform
import sys
from pathlib import Path

import pytest

from tests.toolchain.conftest import Script
from toolchain import interpreter
from toolchain.errors import SetupError


@pytest.fixture
def no_other_python(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is the whole of PATH."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/nowhere")
    return tmp_path


def pretend(path: Path, script: Script, version: tuple[int, int], *, library: bool = True) -> Path:
    """Writes a program that answers as a Python of that version would."""
    answer = json.dumps([str(path), version, False, "/" if library else "/nowhere/libpython.so"])
    return script(path, f"echo '{answer}'")


def test_the_running_python_is_taken_when_it_is_supported() -> None:
    found = interpreter.find()
    assert found.executable == Path(sys.executable)
    assert found.version == sys.version_info[:2]


def test_a_supported_python_on_path_is_taken_when_the_running_one_is_not(
    monkeypatch: pytest.MonkeyPatch, script: Script, no_other_python: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(pretend(no_other_python / "new", script, (3, 14))))
    older = pretend(no_other_python / "python3.12", script, (3, 12))
    assert interpreter.find().executable == older


def test_a_name_on_path_that_does_not_run_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, script: Script, no_other_python: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(pretend(no_other_python / "new", script, (3, 13))))
    script(no_other_python / "python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    expected = pretend(no_other_python / "python3.11", script, (3, 11))
    assert interpreter.find().executable == expected


def test_a_machine_with_only_another_python_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, script: Script, no_other_python: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(pretend(no_other_python / "new", script, (3, 13))))
    with pytest.raises(
        SetupError, match=r"Python 3\.11 or 3\.12 is needed, found .*/new \(3\.13\): apt install python3"
    ):
        interpreter.find()


def test_a_python_without_its_shared_library_is_told_which_package_has_it(
    monkeypatch: pytest.MonkeyPatch, script: Script, no_other_python: Path
) -> None:
    lacking = pretend(no_other_python / "python", script, (3, 12), library=False)
    monkeypatch.setattr(sys, "executable", str(lacking))
    with pytest.raises(SetupError, match=r"lacks libpython3\.12\.so\.1\.0, .*: apt install libpython3\.12$"):
        interpreter.find()


@pytest.mark.parametrize(("system", "machine"), [("Darwin", "arm64"), ("Linux", "aarch64")])
def test_another_kind_of_machine_is_refused_at_once(monkeypatch: pytest.MonkeyPatch, system: str, machine: str) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(SetupError, match=f"This machine is {system} {machine}; .* run on Linux on x86_64 only"):
        interpreter.find()
