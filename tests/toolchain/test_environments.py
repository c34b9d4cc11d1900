import json
from pathlib import Path

import pytest

from tests.toolchain.conftest import Script
from toolchain.environments import STAMP, Environment, bring_in_step
from toolchain.errors import SetupError
from toolchain.interpreter import Python

NO_PACKAGES = "# nothing is needed\n"


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(NO_PACKAGES)
    return Environment(directory=tmp_path / ".venv", requirements=requirements, duration="no time")


@pytest.fixture
def fake_python(tmp_path: Path, script: Script) -> Python:
    """A Python whose `-m venv` makes an environment in which pip only notes that it was called."""
    pip = 'echo "$@" >> pip-calls'
    body = f"""
echo "$@" >> python-calls
for folder; do :; done
mkdir -p "$folder/bin"
printf '#!/bin/sh\\n{pip}\\n' > "$folder/bin/python"
chmod +x "$folder/bin/python"
"""
    executable = script(tmp_path / "python", body)
    return Python(executable=executable, version=(3, 11), has_library=True)


def test_an_environment_that_is_not_there_is_not_in_step(environment: Environment) -> None:
    assert not environment.in_step


def test_a_made_environment_is_in_step(
    environment: Environment, fake_python: Python, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    environment.make(fake_python)
    assert environment.in_step
    assert "--require-hashes -r" in (tmp_path / "pip-calls").read_text(), "packages must be what was pinned"


def test_changed_requirements_put_an_environment_out_of_step(
    environment: Environment, fake_python: Python, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    environment.make(fake_python)
    environment.requirements.write_text("another==1.0\n")
    assert not environment.in_step


def test_an_environment_whose_python_has_gone_is_not_in_step(
    environment: Environment, fake_python: Python, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    environment.make(fake_python)
    environment.python.unlink()
    environment.python.symlink_to(tmp_path / "removed-python")
    assert not environment.in_step


def test_a_failed_installation_leaves_the_environment_out_of_step(
    environment: Environment, script: Script, tmp_path: Path
) -> None:
    environment.directory.mkdir()
    (environment.directory / STAMP).write_text("of an earlier time")
    body = 'for folder; do :; done; mkdir -p "$folder/bin"; cp "$0.pip" "$folder/bin/python"'
    executable = script(tmp_path / "python", body)
    script(tmp_path / "python.pip", "echo 'ERROR: No matching distribution found for numpy' >&2; exit 1")
    with pytest.raises(SetupError, match=r"(?s)requirements\.txt cannot be installed; is a .*No matching distribution"):
        environment.make(Python(executable=executable, version=(3, 11), has_library=True))
    assert not environment.in_step
    assert not (environment.directory / STAMP).exists()


def test_a_python_without_venv_is_told_which_package_has_it(
    environment: Environment, script: Script, tmp_path: Path
) -> None:
    executable = script(tmp_path / "python", "echo 'ensurepip is not available'; exit 1")
    with pytest.raises(SetupError, match=r"(?s)apt install python3\.12-venv\n.*ensurepip is not available"):
        environment.make(Python(executable=executable, version=(3, 12), has_library=True))


def test_environments_in_step_are_left_alone(
    environment: Environment,
    fake_python: Python,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    environment.make(fake_python)
    capsys.readouterr()
    bring_in_step([environment])
    assert not capsys.readouterr().out


def test_an_environment_of_another_python_is_emptied_first(
    environment: Environment, script: Script, fake_python: Python, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    script(environment.python, "exit 1")
    environment.make(fake_python)
    assert (tmp_path / "python-calls").read_text() == f"-m venv --clear {environment.directory}\n"
    assert environment.in_step


def test_new_requirements_are_installed_into_the_environment_that_is_there(
    environment: Environment, script: Script, fake_python: Python, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    answer = json.dumps([str(environment.python), fake_python.version, True, ""])
    script(environment.python, f"echo '{answer}'")
    environment.make(fake_python)
    assert environment.in_step
    assert not (tmp_path / "python-calls").exists(), "making it anew would take minutes"
