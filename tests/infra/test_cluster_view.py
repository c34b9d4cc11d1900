"""Whoever only looks at a stack's cluster looks at the right one."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.cluster_identity import ClusterIdentity
from infra import cluster_view
from infra.cluster_view import IDENTITY, entered, known_uid, uid_in
from infra.kubernetes_settings import KubernetesPlatform
from serving.errors import ConfigurationError
from tests.support.project_programs import program
from tests.support.small_api_server import small_api_server

IMAGE = f"registry.example.com/x@sha256:{'0' * 64}"
STATE = {"deployment": {"resources": [{"type": "other"}, {"type": IDENTITY, "outputs": {"uid": "uid-1"}}]}}
KUBE_SYSTEM = {"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "uid-1"}}


def platform(**cluster: Any) -> KubernetesPlatform:
    images = {"triton": IMAGE, "rollout": IMAGE}
    return KubernetesPlatform.model_validate({"kind": "kubernetes", "cluster": cluster, "images": images})


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Iterator[str]:
    with small_api_server(tmp_path, {"/api/v1/namespaces/kube-system": KUBE_SYSTEM}) as path:
        yield path


def test_the_type_of_the_identity_is_the_one_that_is_made() -> None:
    assert f"pulumi-python:{ClusterIdentity._resource_type_name}" == IDENTITY


def test_the_cluster_of_the_stack_is_entered(kubeconfig: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for known in ("uid-1", None):
        monkeypatch.setattr(cluster_view, "known_uid", lambda _, known=known: known)
        assert entered(platform(kubeconfig=kubeconfig), "mine").configuration.host.startswith("http://127.0.0.1")


def test_another_cluster_is_refused(kubeconfig: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_view, "known_uid", lambda _: "uid-0")
    with pytest.raises(ConfigurationError, match="leads to the cluster uid-1 now, but this stack was made for uid-0"):
        entered(platform(kubeconfig=kubeconfig), "mine")


def test_a_stack_whose_cluster_has_no_kubeconfig_yet_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "pulumi", "exit 255")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(ConfigurationError, match="The stack prod-cloud exports no kubeconfig; bring it up first"):
        entered(platform(stack="prod-cloud"), "mine")


def test_the_state_says_which_cluster_it_was_made_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert uid_in({"deployment": None}) is None
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    program(tmp_path, "pulumi", f"echo '{json.dumps(STATE)}'")
    assert known_uid("mine") == "uid-1"
    program(tmp_path, "pulumi", "exit 255")
    assert known_uid("mine") is None
