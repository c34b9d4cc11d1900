"""Which provider answers: the official one wherever it is."""

from pathlib import Path

from tests.support.kubernetes_stand_in.server import official_provider, serving
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


def test_the_stand_in_listens_where_it_says() -> None:
    with serving(force=True) as environment:
        name, port = environment["PULUMI_DEBUG_PROVIDERS"].split(":")
    assert name == "kubernetes"
    assert int(port) > 0


def test_a_cluster_identifier_alone_decides_whether_it_is_another_cluster() -> None:
    one, other = {"clusterIdentifier": "a", "kubeconfig": "x"}, {"clusterIdentifier": "b", "kubeconfig": "x"}
    assert another_cluster(one, other) == ["clusterIdentifier"]
    assert another_cluster(one, {**one, "kubeconfig": "y"}) == []
