import os
import subprocess
from pathlib import Path

import pytest

from tests.toolchain.conftest import Script
from toolchain.engine import DYNAMIC_PROVIDER, EXECUTOR, Engine, in_directory
from toolchain.project_files import ProjectFiles

DECISIVE = ["3.255.0", "/a/checkout", "none"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "it's a project"
    folder.mkdir()
    return folder


@pytest.fixture
def files(root: Path, script: Script) -> ProjectFiles:
    return ProjectFiles(root, script(root / ".venv" / "bin" / "python", 'printf "%s\\n" "$@"'))


@pytest.fixture
def built(tmp_path: Path, script: Script) -> Engine:
    """An engine from Go modules: without the official language host."""
    for name in ("pulumi", EXECUTOR, DYNAMIC_PROVIDER):
        script(tmp_path / "built" / name, f"echo {name}")
    return in_directory(tmp_path / "built", "9.9.9 (built)")


@pytest.fixture
def official(tmp_path: Path, script: Script) -> Engine:
    for name in ("pulumi", EXECUTOR, DYNAMIC_PROVIDER, "pulumi-language-python"):
        script(tmp_path / "official" / name, f"echo official {name}")
    return in_directory(tmp_path / "official", "9.9.9 (official)")


def sourced(files: ProjectFiles, command: str) -> str:
    """What a shell says to a command after sourcing the file that setup wrote."""
    source = ["/bin/sh", "-c", f'. "$0"; {command}', str(files.exports)]
    return subprocess.run(source, capture_output=True, text=True, check=True, env={"PATH": os.defpath}).stdout.strip()


def test_sourcing_puts_this_project_s_engine_first_on_path(files: ProjectFiles, built: Engine) -> None:
    files.write(built, DECISIVE)
    assert sourced(files, "command -v pulumi") == str(files.programs / "pulumi")
    assert sourced(files, "pulumi") == "pulumi"


@pytest.mark.parametrize(
    ("variable", "path"),
    [
        ("PULUMI_BACKEND_URL", "file://{folder}/state"),
        ("PULUMI_CONFIG_PASSPHRASE_FILE", "{folder}/passphrase"),
        ("PULUMI_HOME", "{folder}/home"),
    ],
)
def test_sourcing_points_the_engine_below_the_project(
    files: ProjectFiles, built: Engine, variable: str, path: str
) -> None:
    files.write(built, DECISIVE)
    assert sourced(files, f'echo "${variable}"') == path.format(folder=files.folder)


def test_the_passphrase_is_readable_by_its_owner_only(files: ProjectFiles, built: Engine) -> None:
    files.write(built, DECISIVE)
    assert files.passphrase.stat().st_mode & 0o777 == 0o600
    assert files.folder.stat().st_mode & 0o777 == 0o700
    assert len(files.passphrase.read_text()) > 40


def test_a_passphrase_that_is_there_is_never_replaced(files: ProjectFiles, built: Engine, official: Engine) -> None:
    files.write(built, DECISIVE)
    before = files.passphrase.read_text()
    files.write(official, DECISIVE)
    assert files.passphrase.read_text() == before, "with another one no secret in the state can be read"


def test_two_projects_have_different_passphrases(tmp_path: Path, built: Engine) -> None:
    projects = [ProjectFiles(tmp_path / name, tmp_path / "python") for name in ("one", "two")]
    for files in projects:
        files.write(built, DECISIVE)
    assert len({files.passphrase.read_text() for files in projects}) == 2


def test_the_state_survives_another_setup(files: ProjectFiles, built: Engine) -> None:
    files.write(built, DECISIVE)
    (files.state / "stack.json").write_text("{}")
    files.write(built, DECISIVE)
    assert (files.state / "stack.json").exists()


def test_an_official_engine_is_only_linked(files: ProjectFiles, official: Engine) -> None:
    files.write(official, DECISIVE)
    assert (files.programs / "pulumi").resolve() == official.programs["pulumi"]
    assert sourced(files, "pulumi-language-python") == "official pulumi-language-python"


def test_a_built_engine_has_the_stand_in_beside_its_real_path(files: ProjectFiles, built: Engine) -> None:
    files.write(built, DECISIVE)
    engine = files.programs / "pulumi"
    assert engine.resolve().parent == files.programs, "the engine looks for plugins beside its resolved path"
    assert engine.samefile(built.programs["pulumi"]), "a hard link costs no space"


def test_an_engine_on_another_file_system_is_copied(
    files: ProjectFiles, built: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Path) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    files.write(built, DECISIVE)
    assert sourced(files, "pulumi") == "pulumi"


def test_the_stand_in_runs_in_this_project_s_environment(files: ProjectFiles, built: Engine) -> None:
    files.write(built, DECISIVE)
    arguments = sourced(files, "pulumi-language-python 127.0.0.1:9").splitlines()
    assert arguments[0] == "-P"
    assert arguments[1].endswith("toolchain/language_host.py")
    assert arguments[2:] == ["--executor", str(files.programs / EXECUTOR), "127.0.0.1:9"]


def test_a_stand_in_of_an_earlier_setup_goes_when_the_official_host_comes(
    files: ProjectFiles, built: Engine, official: Engine
) -> None:
    files.write(built, DECISIVE)
    files.write(official, DECISIVE)
    assert (files.programs / "pulumi-language-python").is_symlink()


def test_what_was_written_is_known_to_be_in_place(files: ProjectFiles, built: Engine) -> None:
    files.write(built, DECISIVE)
    assert files.engine_for(DECISIVE) == "Pulumi 9.9.9 (built), with the stand-in Python language host"


def test_a_change_of_what_decides_asks_for_another_look(files: ProjectFiles, built: Engine) -> None:
    files.write(built, DECISIVE)
    assert not files.engine_for([*DECISIVE[:2], "/usr/bin/pulumi of 7"])


@pytest.mark.parametrize("name", ["exports", "passphrase", "state"])
def test_a_missing_file_asks_for_another_look(files: ProjectFiles, built: Engine, name: str) -> None:
    files.write(built, DECISIVE)
    path: Path = getattr(files, name)
    path.rename(path.with_name("elsewhere"))
    assert not files.engine_for(DECISIVE)


def test_an_engine_that_has_left_the_cache_asks_for_another_look(files: ProjectFiles, official: Engine) -> None:
    files.write(official, DECISIVE)
    official.programs["pulumi"].unlink()
    assert not files.engine_for(DECISIVE)
