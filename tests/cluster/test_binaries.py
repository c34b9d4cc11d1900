import dataclasses
from pathlib import Path
from typing import Any

import pytest

from tests.cluster import binaries
from tests.cluster.binaries import COREDNS, ENVOY_GATEWAY, HELM, HYPERKUBE, KUBE_ROUTER, KUBERNETES, KWOK, Program, key
from tests.cluster.errors import ClusterError

EVERY = [HYPERKUBE, ENVOY_GATEWAY, HELM, COREDNS, KUBE_ROUTER, KWOK]


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    monkeypatch.setattr(binaries, "MODULES", tmp_path)
    (tmp_path / "tool").mkdir()
    (tmp_path / "tool" / "go.mod").write_text("module tool")
    return Program(name="tool", package="example.org/tool", minutes=1)


@pytest.mark.parametrize("program", EVERY, ids=lambda program: program.name)
def test_a_module_pins_everything_that_a_program_is_made_of(program: Program) -> None:
    assert {"go.mod", "go.sum"} <= {path.name for path in program.folder.iterdir()}


def test_the_server_is_told_the_version_that_its_module_has() -> None:
    assert f"k8s.io/kubernetes v{KUBERNETES}" in (HYPERKUBE.folder / "go.mod").read_text()
    assert f"-X k8s.io/component-base/version.gitVersion=v{KUBERNETES}" in HYPERKUBE.link_flags


def test_the_same_content_has_the_same_key(program: Program) -> None:
    assert key(program) == key(dataclasses.replace(program))


def test_a_file_of_the_module_changes_the_key(program: Program) -> None:
    before = key(program)
    (program.folder / "go.mod").write_text("module tool // and more")
    assert key(program) != before


@pytest.mark.parametrize(
    "change",
    [{"package": "example.org/other"}, {"stamps": {"a.b": "c"}}, {"environment": {"A": "b"}}, {"links": ("other",)}],
    ids=lambda change: next(iter(change)),
)
def test_whatever_changes_the_build_changes_the_key(program: Program, change: dict[str, Any]) -> None:
    assert key(dataclasses.replace(program, **change)) != key(program)


def test_without_a_compiler_the_reader_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ClusterError, match="install Go"):
        binaries.go()
