"""Nodes that exist on paper only, for as many GPUs as a test wants: pods are bound to them and said to run.

The kubelet of all of them is kwok, which needs no more than a kubeconfig; the cluster may be any.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.binaries import HYPERKUBE, KWOK, built
from tests.cluster.definitions import definitions
from tests.cluster.kubectl import Kubectl
from tests.cluster.layout import NODE_ADDRESS
from tests.cluster.processes import process

MARK = "kwok.x-k8s.io/node"
POD_RANGE = "10.245.0.1/16"
"""Apart from the range of real pods: nothing answers at these addresses."""
STAGES = (
    "node/fast/node-initialize.yaml",
    "node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
)
"""Pods of Jobs succeed, others stay."""
READY_SECONDS = 30
STOP_SECONDS = 10
LEASE_SECONDS = 40


@dataclass(frozen=True, kw_only=True)
class FakeNode:
    """A node that has what is said."""

    name: str
    capacity: Mapping[str, str]
    """What it has, e.g. `{"cpu": "16", "memory": "64Gi", "pods": "100", "nvidia.com/gpu": "8"}`."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """By which pods choose it, besides its name."""
    taints: Sequence[Mapping[str, str]] = ()
    """What pods must tolerate, e.g. `{"key": "nvidia.com/gpu", "effect": "NoSchedule"}`."""

    def document(self) -> dict[str, object]:
        """The object that the API server gets."""
        labels = {"kubernetes.io/hostname": self.name, "kubernetes.io/os": "linux", **self.labels}
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": self.name, "annotations": {MARK: "fake"}, "labels": labels},
            "spec": {"taints": [dict(taint) for taint in self.taints]},
            "status": {"capacity": dict(self.capacity), "allocatable": dict(self.capacity)},
        }


@contextmanager
def fake_nodes(kubeconfig: Path, nodes: Sequence[FakeNode]) -> Iterator[None]:
    """Add nodes to a cluster, and take them away again with the pods on them.

    Raises:
        ClusterError: They do not become ready.
    """
    kubectl = Kubectl(built(HYPERKUBE) / "kubectl", kubeconfig)
    names = [node.name for node in nodes]
    with tempfile.TemporaryDirectory(prefix="slipway-fake-nodes-") as folder:
        command = kwok_command(built(KWOK), kubeconfig, definitions() / "kwok" / "stage")
        kubelet = process("kwok", command, logs=Path(folder), records=Path(folder))
        try:
            kubelet.start()
            items = [node.document() for node in nodes]
            kubectl("create", "--filename=-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
            kubectl("wait", "--for=condition=Ready", "node", *names, f"--timeout={READY_SECONDS}s")
            yield
        finally:
            kubectl("delete", "node", "--ignore-not-found", *names)
            for name in names:
                # Kubernetes itself waits a minute for a node that is gone to come back.
                on_it = ("--all-namespaces", f"--field-selector=spec.nodeName={name}")
                kubectl("delete", "pods", *on_it, "--force", "--grace-period=0")
            kubelet.stop(STOP_SECONDS)


def kwok_command(binaries: Path, kubeconfig: Path, stages: Path) -> list[str]:
    """The kubelet of every node that is marked as fake, and of no other."""
    return [
        f"{binaries}/kwok",
        f"--kubeconfig={kubeconfig}",
        f"--manage-nodes-with-annotation-selector={MARK}=fake",
        f"--node-ip={NODE_ADDRESS}",
        "--node-port=0",
        # Without a lease a node is taken for dead after some 40 s, and its pods are made anew.
        f"--node-lease-duration-seconds={LEASE_SECONDS}",
        f"--cidr={POD_RANGE}",
        *(f"--config={stages / stage}" for stage in STAGES),
    ]
