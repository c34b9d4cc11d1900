import shutil
from pathlib import Path

import pytest

from tests.toolchain.conftest import Script
from toolchain import module_build
from toolchain.engine import DYNAMIC_PROVIDER, EXECUTOR
from toolchain.errors import UnavailableError


@pytest.fixture
def sdk(tmp_path: Path) -> Path:
    """A module folder with the two helper programs, read-only as Go keeps them."""
    for name, path in module_build.HELPERS.items():
        helper = tmp_path / "sdk" / path
        helper.parent.mkdir(parents=True)
        helper.write_text(name)
        helper.chmod(0o444)
    return tmp_path / "sdk"


@pytest.fixture
def only_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole of PATH, but for the shell's own tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/nowhere")
    return folder


def test_the_engine_and_its_helpers_end_up_in_one_folder(
    tmp_path: Path, script: Script, sdk: Path, only_on_path: Path
) -> None:
    script(only_on_path / "go", f'case $1 in build) echo "$@" > "$6" ;; list) echo "{sdk}" ;; esac')
    module_build.build(tmp_path / "engine")
    assert {path.name for path in (tmp_path / "engine").iterdir()} == {"pulumi", EXECUTOR, DYNAMIC_PROVIDER}
    assert (tmp_path / "engine" / EXECUTOR).stat().st_mode & 0o777 == 0o755


def test_the_build_is_told_its_version(tmp_path: Path, script: Script, sdk: Path, only_on_path: Path) -> None:
    script(only_on_path / "go", f'case $1 in build) echo "$@" > "$6" ;; list) echo "{sdk}" ;; esac')
    module_build.build(tmp_path / "engine")
    arguments = (tmp_path / "engine" / "pulumi").read_text()
    assert "version.Version=v3." in arguments, "an engine of unknown version is refused by the next setup"


def test_a_machine_without_go_is_told_so(tmp_path: Path, only_on_path: Path) -> None:
    assert not shutil.which("go", path=str(only_on_path))
    with pytest.raises(UnavailableError, match="`go` is not on PATH"):
        module_build.build(tmp_path / "engine")


def test_a_failed_build_shows_the_end_of_what_go_said(tmp_path: Path, script: Script, only_on_path: Path) -> None:
    script(only_on_path / "go", 'echo "go: proxy.golang.org: no such host" >&2; exit 1')
    with pytest.raises(UnavailableError, match=r"ended with code 1:\n    go: proxy\.golang\.org: no such host"):
        module_build.build(tmp_path / "engine")
    assert not (tmp_path / "engine").exists()
