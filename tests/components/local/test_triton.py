"""How a model server is started."""

import os
import re
from pathlib import Path

import pytest

from components.local import triton

PLACEHOLDERS = {
    "repository", "backends", "http_port", "grpc_port", "metrics_port", "shared_memory", "admin_key"
}  # fmt: skip


def options() -> dict[str, str]:
    """Return the options of the command line by name; a repeated one keeps all its values."""
    found: dict[str, str] = {}
    for argument in triton.command("digits")[1:]:
        name, _, value = argument.removeprefix("--").partition("=")
        found[name] = f"{found[name]} {value}" if name in found else value
    return found


def test_the_server_of_the_wheel_is_there_and_can_be_run() -> None:
    assert os.access(triton.command("digits")[0], os.X_OK)


def test_what_is_known_only_at_the_start_is_left_open() -> None:
    assert set(re.findall(r"{(\w+)}", " ".join(triton.command("digits")))) == PLACEHOLDERS


@pytest.mark.parametrize("door", ["http", "grpc", "metrics"])
def test_every_door_is_on_loopback(door: str) -> None:
    assert options()[f"{door}-address"] == "127.0.0.1"


@pytest.mark.parametrize("door", ["http-restricted-api", "grpc-restricted-protocol"])
def test_every_administration_interface_is_closed_by_a_key(door: str) -> None:
    closed, _, key = options()[door].partition(":")
    assert {"model-repository", "shared-memory", "trace", "logging"} <= set(closed.split(","))
    assert "inference" not in closed
    assert "health" not in closed
    assert key == "x-slipway-admin={admin_key}"


def test_a_model_is_loaded_by_name_and_nothing_else() -> None:
    assert (options()["model-control-mode"], options()["load-model"]) == ("explicit", "digits")


def test_the_python_backend_is_laid_out_by_links_to_the_wheel(tmp_path: Path) -> None:
    folder = triton.stage_backends(tmp_path / "backends")
    links = sorted((folder / "python").iterdir())
    assert [link.name for link in links] == [
        "libtriton_python.so",
        "triton_python_backend_stub",
        "triton_python_backend_utils.py",
    ]
    assert all(link.is_symlink() and link.resolve().exists() for link in links)


def test_a_stub_finds_this_pythons_packages_first() -> None:
    first = Path(triton.environment()["PATH"].split(":")[0])
    assert (first / "python3").exists()


def test_a_missing_wheel_is_told_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(triton, "find_spec", lambda _: None)
    with pytest.raises(RuntimeError, match="nvidia-pytriton is not installed; run `make setup`"):
        triton.server_home()
