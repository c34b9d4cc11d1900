import os
import re
from pathlib import Path

import pytest

from tests.toolchain.conftest import Script
from toolchain.engine import PINNED_VERSION, Engine, first_available, in_directory, on_path, version_of
from toolchain.errors import SetupError, UnavailableError

ROOT = Path(__file__).parents[2]


def install(folder: Path, script: Script, version: str = f"v{PINNED_VERSION}", *, host: bool = True) -> Path:
    """Writes an engine that answers with a version, and its language host."""
    script(folder / "pulumi", f"echo {version}")
    if host:
        script(folder / "pulumi-language-python", "exit 0")
    return folder


@pytest.mark.parametrize(
    ("file", "pattern"),
    [
        ("requirements.in", r"^pulumi==(\S+)$"),
        ("policies/requirements.in", r"^pulumi==(\S+)$"),
        ("toolchain/go.mod", r"github\.com/pulumi/pulumi/pkg/v3 v(\S+)"),
    ],
)
def test_the_pinned_version_is_the_same_everywhere(file: str, pattern: str) -> None:
    found = re.search(pattern, (ROOT / file).read_text(), re.MULTILINE)
    assert found, f"{file} names no version of Pulumi"
    assert found[1] == PINNED_VERSION, f"{file} and toolchain/engine.py must name the same version"


@pytest.mark.parametrize("version", [f"v{PINNED_VERSION}", "v3.1000.0", "v4.0.0", f"v{PINNED_VERSION}-alpha.1"])
def test_an_engine_on_path_that_is_new_enough_is_used(tmp_path: Path, script: Script, version: str) -> None:
    engine = on_path(str(install(tmp_path, script, version)))
    assert set(engine.programs) == {"pulumi", "pulumi-language-python"}
    assert not engine.needs_stand_in
    assert f"(found at {tmp_path / 'pulumi'})" in str(engine)


@pytest.mark.parametrize("version", ["v3.254.99", "v3.99.0", "v2.1000.0"])
def test_an_engine_on_path_that_is_too_old_is_not_used(tmp_path: Path, script: Script, version: str) -> None:
    with pytest.raises(UnavailableError, match=f"has version {version[1:]}, which is older than {PINNED_VERSION}"):
        on_path(str(install(tmp_path, script, version)))


def test_an_engine_that_does_not_tell_its_version_is_not_used(tmp_path: Path, script: Script) -> None:
    with pytest.raises(UnavailableError, match="has version unknown"):
        on_path(str(install(tmp_path, script, "'pyenv: pulumi: command not found'")))


def test_an_engine_without_its_language_host_is_not_used(tmp_path: Path, script: Script) -> None:
    with pytest.raises(UnavailableError, match="has no pulumi-language-python beside it or on PATH"):
        on_path(str(install(tmp_path, script, host=False)))


def test_no_engine_on_path_is_no_error_but_a_reason(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="`pulumi` is not on PATH"):
        on_path(str(tmp_path))


def test_the_language_host_may_lie_elsewhere_on_path(tmp_path: Path, script: Script) -> None:
    install(tmp_path / "a", script, host=False)
    host = script(tmp_path / "b" / "pulumi-language-python", "exit 0")
    engine = on_path(os.pathsep.join([str(tmp_path / "a"), str(tmp_path / "b")]))
    assert engine.programs["pulumi-language-python"] == host


def test_a_relative_folder_on_path_is_no_trap(tmp_path: Path, script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "bin", script)
    monkeypatch.chdir(tmp_path)
    assert all(path.is_absolute() for path in on_path("bin").programs.values()), "links to relative paths lead nowhere"


def test_the_programs_beside_a_linked_engine_are_found(tmp_path: Path, script: Script) -> None:
    install(tmp_path / "opt" / "pulumi", script)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "pulumi").symlink_to(tmp_path / "opt" / "pulumi" / "pulumi")
    assert "pulumi-language-python" in on_path(str(tmp_path / "bin")).programs


def test_a_program_that_cannot_be_started_has_no_version(tmp_path: Path) -> None:
    (tmp_path / "pulumi").write_text("not a program")
    assert not version_of(tmp_path / "pulumi")


def test_a_folder_without_an_engine_is_not_taken_for_one(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=f"no pulumi in {tmp_path}"):
        in_directory(tmp_path, "anywhere")


def test_an_engine_with_the_stand_in_says_so() -> None:
    engine = Engine(origin="9.9.9 (built)", programs={"pulumi": Path("pulumi")})
    assert engine.needs_stand_in
    assert str(engine) == "Pulumi 9.9.9 (built), with the stand-in Python language host"


def test_the_first_source_that_has_an_engine_wins() -> None:
    engine = Engine(origin="here", programs={})

    def none() -> Engine:
        raise UnavailableError("not here")

    def never() -> Engine:
        raise AssertionError("a later source must not be asked")

    assert first_available([("one", none), ("two", lambda: engine), ("three", never)]) is engine


def test_when_nothing_works_every_reason_and_what_to_do_is_said() -> None:
    def unavailable(reason: str) -> Engine:
        raise UnavailableError(reason)

    sources = [("the shelf", lambda: unavailable("empty")), ("the shop", lambda: unavailable("closed"))]
    with pytest.raises(SetupError) as caught:
        first_available(sources)
    text = str(caught.value)
    assert text.startswith(f"No Pulumi engine (version {PINNED_VERSION} or newer) could be had. Tried:\n")
    assert "  - the shelf: empty\n  - the shop: closed\n" in text
    assert "One of these helps: install Pulumi" in text
    assert "install Go" in text
