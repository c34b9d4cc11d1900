"""Where the state of a stack lies, and which places cannot hold it."""

import stat
from pathlib import Path

import pytest

from components.local.stack_dir import MAX_SOCKET_PATH_BYTES, StackDir
from serving.errors import ConfigurationError


def test_every_path_is_absolute_and_below_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stack_dir = StackDir.at(".slipway/local")
    paths = [getattr(stack_dir, name) for name, kind in vars(StackDir).items() if isinstance(kind, property)]
    below = [path for path in paths if isinstance(path, Path)]
    assert len(below) > 10
    assert all(path.is_relative_to(tmp_path / ".slipway" / "local") for path in below)
    assert stack_dir.name == "local"


def test_folders_are_for_their_owner_alone(tmp_path: Path) -> None:
    stack_dir = StackDir.at(tmp_path / "local")
    stack_dir.make()
    stack_dir.make()
    made = list(stack_dir.path.iterdir())
    assert stack_dir.run in made
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in made} == {0o700}


def socket_path_of(length: int) -> StackDir:
    """Return a stack whose longest socket path has so many bytes."""
    shortest = len(str(StackDir.at("/x").gateway_admin_socket))
    return StackDir.at("/" + "x" * (length - shortest + 1))


def test_a_socket_path_of_the_systems_limit_is_right() -> None:
    socket_path_of(MAX_SOCKET_PATH_BYTES).check()


def test_a_longer_socket_path_is_refused_with_how_much_it_is_too_long() -> None:
    with pytest.raises(ConfigurationError, match=r"is 3 bytes too long .* move the checkout to a shorter path"):
        socket_path_of(MAX_SOCKET_PATH_BYTES + 3).check()


def test_bytes_count_and_not_letters() -> None:
    with pytest.raises(ConfigurationError, match="bytes too long"):
        StackDir.at("/" + "é" * 60).check()


@pytest.mark.parametrize("name", ["my #1 project", "a ;b", "100%"])
def test_a_path_that_the_supervisor_would_misread_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="a meaning of its own in the supervisor"):
        StackDir.at(f"/{name}/local").check()
