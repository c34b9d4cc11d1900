"""The command lines of the store, the API server, the controllers and the scheduler."""

from dataclasses import dataclass
from pathlib import Path

from tests.cluster.keys import AUTHORITY, TOKENS
from tests.cluster.layout import SERVICE_RANGE, Layout
from tests.cluster.packages import program


@dataclass(frozen=True)
class StorePorts:
    """Where etcd answers, on the loopback address."""

    client: int
    peer: int

    @property
    def url(self) -> str:
        """Where the API server finds it."""
        return f"http://127.0.0.1:{self.client}"


def store_command(layout: Layout, ports: StorePorts) -> list[str]:
    """Etcd, which need not survive a crash of the machine."""
    return [
        program("etcd"),
        f"--data-dir={layout.store}",
        f"--listen-client-urls={ports.url}",
        f"--advertise-client-urls={ports.url}",
        f"--listen-peer-urls=http://127.0.0.1:{ports.peer}",
        "--unsafe-no-fsync",
    ]


def api_server_command(binaries: Path, layout: Layout, store: StorePorts, address: str, port: int) -> list[str]:
    """The API server, its rights decided by node and by role as on any cluster."""
    keys = layout.keys
    return [
        str(binaries / "kube-apiserver"),
        f"--etcd-servers={store.url}",
        f"--bind-address={address}",
        f"--advertise-address={address}",
        f"--secure-port={port}",
        f"--tls-cert-file={keys}/kube-apiserver.crt",
        f"--tls-private-key-file={keys}/kube-apiserver.key",
        f"--client-ca-file={keys}/{AUTHORITY}.crt",
        f"--service-account-key-file={keys}/{TOKENS}.key",
        f"--service-account-signing-key-file={keys}/{TOKENS}.key",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-cluster-ip-range={SERVICE_RANGE}",
        "--authorization-mode=Node,RBAC",
        "--anonymous-auth=false",
        "--enable-admission-plugins=NodeRestriction",
        f"--kubelet-certificate-authority={keys}/{AUTHORITY}.crt",
        f"--kubelet-client-certificate={keys}/kubelet-client.crt",
        f"--kubelet-client-key={keys}/kubelet-client.key",
        "--kubelet-preferred-address-types=InternalIP",
        "--allow-privileged=true",
        # A watch that begins with a list needs progress reports, which Debian's etcd has not; kwok knows no other way.
        "--feature-gates=WatchList=false",
    ]


def controllers_command(binaries: Path, layout: Layout) -> list[str]:
    """The controllers of Kubernetes itself."""
    keys, kubeconfig = layout.keys, layout.keys / "kube-controller-manager.kubeconfig"
    return [
        str(binaries / "kube-controller-manager"),
        f"--kubeconfig={kubeconfig}",
        "--bind-address=127.0.0.1",
        f"--service-account-private-key-file={keys}/{TOKENS}.key",
        f"--root-ca-file={keys}/{AUTHORITY}.crt",
        f"--cluster-signing-cert-file={keys}/{AUTHORITY}.crt",
        f"--cluster-signing-key-file={keys}/{AUTHORITY}.key",
        "--use-service-account-credentials",
        "--leader-elect=false",
    ]


def scheduler_command(binaries: Path, layout: Layout) -> list[str]:
    """The scheduler."""
    kubeconfig = layout.keys / "kube-scheduler.kubeconfig"
    return [
        str(binaries / "kube-scheduler"),
        f"--kubeconfig={kubeconfig}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
    ]
