"""Where everything of the test cluster lies, and the names and addresses that it takes on this machine."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

NODE = "node1"
NODE_LINK = "slipway-node"
"""A bridge without ports: the API server may advertise no loopback address, and pods must reach it."""
NODE_ADDRESS = "10.255.0.1"
API_PORT = 6443
POD_LINK = "slipway-pods"
POD_RANGE = "10.244.0.0/24"
SERVICE_RANGE = "10.96.0.0/16"
API_SERVICE_ADDRESS = "10.96.0.1"
DNS_ADDRESS = "10.96.0.10"
DOMAIN = "cluster.local"


@dataclass(frozen=True)
class Layout:
    """The folder of one cluster; nothing of it lies elsewhere but what the kernel keeps.

    Not the cache: binaries and images lie below the user's cache folder and outlive it.
    """

    root: Path

    @property
    def kubeconfig(self) -> Path:
        """The administrator's way in; it carries its certificates and may be copied."""
        return self.root / "kubeconfig"

    @property
    def programs(self) -> Path:
        """A link to the programs that were started, kubectl among them."""
        return self.root / "programs"

    @property
    def keys(self) -> Path:
        """Keys and certificates."""
        return self.root / "keys"

    @property
    def records(self) -> Path:
        """One file a process that was started."""
        return self.root / "processes"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.root / "logs"

    @property
    def store(self) -> Path:
        """What etcd keeps."""
        return self.root / "etcd"

    @property
    def containerd(self) -> Path:
        """Images and containers."""
        return self.root / "containerd"

    @property
    def containerd_socket(self) -> Path:
        """Where containerd answers; its shims carry this path as an argument."""
        return self.containerd / "socket"

    @property
    def kubelet(self) -> Path:
        """The volumes of pods."""
        return self.root / "kubelet"

    @property
    def network(self) -> Path:
        """How pods are wired, and which addresses they have."""
        return self.root / "network"

    @property
    def before(self) -> Path:
        """What this machine was like before."""
        return self.root / "before.json"

    @property
    def complete(self) -> Path:
        """There when everything was started."""
        return self.root / "complete"


def standard() -> Layout:
    """The layout of the one cluster that `make cluster-up` of this checkout makes."""
    return Layout(ROOT / ".slipway" / "cluster")
