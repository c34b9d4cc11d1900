from pathlib import Path

import pytest

from tests.cluster.traces import Traces, is_own, own_mounts

FOLDER = Path("/srv/checkout/.slipway/cluster")


@pytest.mark.parametrize(
    "command",
    [
        ["/cache/kube-apiserver", "--etcd-servers=http://127.0.0.1:1", f"--client-ca-file={FOLDER}/keys/authority.crt"],
        ["containerd", f"--config={FOLDER}/containerd.toml"],
        ["/usr/bin/containerd-shim-runc-v2", "-namespace", "k8s.io", "-address", f"{FOLDER}/containerd/socket"],
        ["/usr/bin/etcd", f"--data-dir={FOLDER}/etcd"],
    ],
    ids=lambda command: Path(command[0]).name,
)
def test_a_node_s_program_that_works_in_the_folder_is_ours(command: list[str]) -> None:
    assert is_own(command, FOLDER)


@pytest.mark.parametrize(
    "command",
    [
        ["kubectl", f"--kubeconfig={FOLDER}/kubeconfig", "get", "pods"],
        ["tail", "-f", f"{FOLDER}/logs/kubelet.log"],
        ["/usr/bin/containerd"],
        ["/usr/bin/etcd", "--data-dir=/srv/checkout/.slipway/cluster-of-others/etcd"],
        ["kubelet", "--config=/etc/kubernetes/kubelet.yaml"],
        [],
    ],
    ids=["kubectl", "tail", "a service", "a longer name", "another node", "a kernel thread"],
)
def test_what_others_run_is_never_ours(command: list[str]) -> None:
    assert not is_own(command, FOLDER)


def test_only_mounts_below_the_folder_are_ours_and_the_innermost_goes_first() -> None:
    mounts = "\n".join(
        f"none {point} tmpfs rw 0 0"
        for point in [
            "/",
            "/srv/checkout/.slipway/cluster-of-others/root",
            f"{FOLDER}/kubelet/pods/1",
            f"{FOLDER}/kubelet/pods/1/volumes/a\\040name",
            "/var/lib/docker/overlay2",
        ]
    )
    assert own_mounts(mounts, FOLDER) == [f"{FOLDER}/kubelet/pods/1/volumes/a name", f"{FOLDER}/kubelet/pods/1"]


def test_traces_are_listed_by_kind_and_none_is_no_trace() -> None:
    assert not Traces()
    found = Traces(links=("slipway-node",), chains=("iptables nat KUBE-SERVICES", "iptables nat CNI-1"))
    assert found
    assert str(found) == "  links: slipway-node\n  chains: iptables nat KUBE-SERVICES, iptables nat CNI-1"
