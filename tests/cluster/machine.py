"""What a node changes on the machine outside its own folder, remembered so that it can be undone."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.cluster.layout import NODE_ADDRESS, NODE_LINK, Layout
from toolchain.progress import run

SETTINGS = (
    "kernel/keys/root_maxbytes",
    "kernel/keys/root_maxkeys",
    "kernel/panic",
    "kernel/panic_on_oops",
    "net/ipv4/conf/all/route_localnet",
    "net/ipv4/ip_forward",
    "vm/overcommit_memory",
    "vm/panic_on_oom",
)
"""What kubelet and kube-proxy set."""
FOLDERS = tuple(Path(path) for path in ("/run/containerd", "/var/lib/cni", "/var/lib/kubelet", "/var/log/containers"))
"""What the programs of a node make whatever they are told."""


def remember(layout: Layout) -> None:
    """Write down the kernel's settings and which folders are not there; once a cluster."""
    if layout.before.exists():
        return
    settings = {name: Path("/proc/sys", name).read_text().strip() for name in present(SETTINGS)}
    absent = [str(path) for path in FOLDERS if not path.exists()]
    layout.before.write_text(json.dumps({"settings": settings, "absent": absent}, indent=2))


def present(settings: Iterable[str]) -> list[str]:
    """Those settings that this kernel has."""
    return [name for name in settings if Path("/proc/sys", name).exists()]


def prepare() -> None:
    """Make the node's own link and let packets pass between links."""
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
    if not Path("/sys/class/net", NODE_LINK).exists():
        run(["ip", "link", "add", NODE_LINK, "type", "bridge"])
        run(["ip", "address", "add", f"{NODE_ADDRESS}/32", "dev", NODE_LINK])
        run(["ip", "link", "set", NODE_LINK, "up"])


def restore(layout: Layout) -> None:
    """Set the kernel's settings back, and remove the folders that were not there."""
    before = json.loads(layout.before.read_text())
    for name, value in before["settings"].items():
        Path("/proc/sys", name).write_text(value)
    for path in before["absent"]:
        shutil.rmtree(path, ignore_errors=True)
