from pathlib import Path

import pytest

from tests.toolchain.conftest import Script
from toolchain import checkout, download, module_build
from toolchain.engine import LANGUAGE_HOST, PINNED_VERSION
from toolchain.environments import Environment
from toolchain.errors import SetupError, UnavailableError


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout whose environments are made in no time, on a machine with nothing on PATH and nothing in the cache."""
    folder = tmp_path / "checkout"
    (folder / "policies").mkdir(parents=True)
    for requirements in (folder / "requirements.txt", folder / "policies" / "requirements.txt"):
        requirements.write_text("# nothing\n")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(Environment, "in_step", property(lambda environment: environment.python.exists()))
    monkeypatch.setattr(checkout, "bring_in_step", _pretend_environments)
    return folder


def _pretend_environments(behind: list[Environment]) -> None:
    for environment in behind:
        environment.python.parent.mkdir(parents=True, exist_ok=True)
        environment.python.touch()


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch, script: Script) -> list[str]:
    """Makes the download impossible and the build instant; lists what was tried."""
    tried: list[str] = []

    def refuse(_: Path) -> None:
        tried.append("download")
        raise UnavailableError("no route to host")

    def build(directory: Path) -> None:
        tried.append("build")
        script(directory / "pulumi", "echo built")

    monkeypatch.setattr(download, "official", refuse)
    monkeypatch.setattr(module_build, "build", build)
    return tried


def install(folder: Path, script: Script) -> None:
    """Installs an official engine of the pinned version."""
    script(folder / "pulumi", f"echo v{PINNED_VERSION}")
    script(folder / LANGUAGE_HOST, "exit 0")


def test_the_download_is_tried_before_the_build(root: Path, fetched: list[str]) -> None:
    assert "built from Go modules" in checkout.set_up(root)
    assert fetched == ["download", "build"]


def test_an_engine_on_path_spares_the_network(root: Path, fetched: list[str], script: Script) -> None:
    install(root.parent / "bin", script)
    assert "found at" in checkout.set_up(root)
    assert not fetched


def test_a_second_setup_does_nothing(root: Path, fetched: list[str]) -> None:
    first = checkout.set_up(root)
    written = (root / ".slipway" / "env").stat().st_mtime_ns
    assert checkout.set_up(root) == first
    assert fetched == ["download", "build"]
    assert (root / ".slipway" / "env").stat().st_mtime_ns == written


def test_another_checkout_uses_what_was_fetched_before(root: Path, fetched: list[str]) -> None:
    checkout.set_up(root)
    (root / ".slipway").rename(root.parent / "gone")
    assert "built from Go modules" in checkout.set_up(root)
    assert fetched == ["download", "build"], "the cache is shared by all checkouts of a user"


def test_an_engine_installed_later_takes_over(root: Path, fetched: list[str], script: Script) -> None:
    assert "built from Go modules" in checkout.set_up(root)
    install(root.parent / "bin", script)
    assert "found at" in checkout.set_up(root)
    assert fetched == ["download", "build"]


def test_a_moved_checkout_gets_new_paths(root: Path, fetched: list[str]) -> None:
    checkout.set_up(root)
    moved = root.rename(root.with_name("moved"))
    checkout.set_up(moved)
    assert str(moved) in (moved / ".slipway" / "env").read_text()
    assert str(root) not in (moved / ".slipway" / "env").read_text()
    assert fetched == ["download", "build"]


def test_what_a_checkout_has_put_on_path_is_not_taken_for_an_installed_engine(
    root: Path, fetched: list[str], script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = root.parent / "another checkout" / ".slipway" / "pulumi" / "bin"
    install(other, script)
    monkeypatch.setenv("PATH", str(other))
    assert "built from Go modules" in checkout.set_up(root)
    assert fetched == ["download", "build"]


def test_when_nothing_works_each_way_is_listed_with_its_reason(
    root: Path, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise UnavailableError("`go` is not on PATH")

    monkeypatch.setattr(module_build, "build", refuse)
    with pytest.raises(SetupError) as caught:
        checkout.set_up(root)
    cache = root.parent / "cache" / "slipway" / "engine"
    reasons = [line for line in str(caught.value).splitlines() if line.startswith("  - ")]
    assert reasons == [
        "  - an engine on PATH: `pulumi` is not on PATH",
        f"  - an engine that was fetched before: {cache} holds none of version {PINNED_VERSION}",
        "  - the official download: no route to host",
        "  - a build from Go modules: `go` is not on PATH",
    ]
    assert fetched == ["download"]
