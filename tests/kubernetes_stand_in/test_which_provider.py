"""Which provider answers: the official one wherever it is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.kubernetes_stand_in.official import official_provider, which_provider
from tests.support.kubernetes_stand_in.server import serving
from tests.support.kubernetes_stand_in.sessions import another_cluster

_PLUGIN = "pulumi-resource-kubernetes"


def _program(path: Path) -> Path:
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_official_plugin_is_found_on_the_path_and_among_the_engine_s_plugins(tmp_path: Path) -> None:
    nowhere = {"PATH": str(tmp_path / "none"), "HOME": str(tmp_path)}
    assert official_provider(nowhere) is None
    installed = _program(tmp_path / "home" / "plugins" / "resource-kubernetes-v4.34.2" / _PLUGIN)
    assert official_provider({**nowhere, "PULUMI_HOME": str(tmp_path / "home")}) == str(installed)
    on_path = _program(tmp_path / "bin" / _PLUGIN)
    assert official_provider({**nowhere, "PATH": str(on_path.parent)}) == str(on_path)


def test_a_report_names_the_provider_that_it_is_about(tmp_path: Path) -> None:
    assert "the stand-in below tests/support" in which_provider({"PATH": "", "HOME": str(tmp_path)})
    official = _program(tmp_path / "bin" / _PLUGIN)
    assert f"the official one, {official}" in which_provider({"PATH": str(official.parent), "HOME": str(tmp_path)})


@pytest.mark.parametrize(("marker", "said"), [("cluster", True), ("not cluster", False)])
def test_a_run_with_tests_on_a_cluster_says_which_provider_answers(marker: str, said: bool) -> None:
    tests = str(Path(__file__).with_name("test_rendered_charts.py"))
    command = [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", "-m", marker, tests]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert ("Kubernetes provider: the " in shown) == said


def test_the_stand_in_listens_where_it_says() -> None:
    with serving(force=True) as environment:
        name, port = environment["PULUMI_DEBUG_PROVIDERS"].split(":")
    assert name == "kubernetes"
    assert int(port) > 0


def test_a_cluster_identifier_alone_decides_whether_it_is_another_cluster() -> None:
    one, other = {"clusterIdentifier": "a", "kubeconfig": "x"}, {"clusterIdentifier": "b", "kubeconfig": "x"}
    assert another_cluster(one, other) == ["clusterIdentifier"]
    assert another_cluster(one, {**one, "kubeconfig": "y"}) == []
