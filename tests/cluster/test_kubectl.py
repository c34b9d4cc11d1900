from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.kubectl import Kubectl


def program(folder: Path, text: str) -> Kubectl:
    path = folder / "kubectl"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return Kubectl(path, folder / "kubeconfig")


def test_it_speaks_to_the_named_cluster_and_keeps_its_own_notes(tmp_path: Path) -> None:
    kubectl = program(tmp_path, 'echo "$@" "$KUBECACHEDIR"; cat')
    expected = f"--kubeconfig={tmp_path}/kubeconfig get pods {tmp_path}/cache\nwhat is read"
    assert kubectl("get", "pods", text="what is read") == expected


def test_a_refusal_is_told_in_its_own_words(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"`kubectl get pods` failed: forbidden"):
        program(tmp_path, "echo forbidden >&2; exit 1")("get", "pods")


def test_a_missing_program_is_no_traceback(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"`.*nowhere` cannot be started"):
        Kubectl(tmp_path / "nowhere", tmp_path / "kubeconfig")("get", "pods")
