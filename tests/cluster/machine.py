"""What a node changes on the machine outside its own folder, remembered so that it can be undone."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.cluster.layout import NODE_ADDRESS, NODE_LINK, Layout
from toolchain.progress import run

KERNEL = Path("/proc/sys")
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
    settings = {name: _setting(name) for name in present(SETTINGS)}
    absent = [str(path) for path in FOLDERS if not path.exists()]
    layout.before.write_text(json.dumps({"settings": settings, "absent": absent}, indent=2))


def present(settings: Iterable[str]) -> list[str]:
    """Those settings that this kernel has."""
    return [name for name in settings if (KERNEL / name).exists()]


def prepare() -> None:
    """Make the node's own link and let packets pass between links."""
    (KERNEL / "net/ipv4/ip_forward").write_text("1")
    if not Path("/sys/class/net", NODE_LINK).exists():
        run(["ip", "link", "add", NODE_LINK, "type", "bridge"])
        run(["ip", "address", "add", f"{NODE_ADDRESS}/32", "dev", NODE_LINK])
        run(["ip", "link", "set", NODE_LINK, "up"])


def restore(layout: Layout) -> None:
    """Set the kernel's settings back, and remove the folders that were not there."""
    for name, value in _before(layout)["settings"].items():
        (KERNEL / name).write_text(value)
    for path in new_folders(layout):
        try:
            shutil.rmtree(path)
        except OSError as error:
            print(f"  {error}", flush=True)


def changed_settings(layout: Layout) -> list[str]:
    """The kernel's settings that are not as they were before this cluster, each with both values."""
    before = _before(layout)["settings"].items()
    return [f"{name} is {now}, was {value}" for name, value in before if (now := _setting(name)) != value]


def new_folders(layout: Layout) -> list[str]:
    """The folders that were not there before this cluster and now are."""
    return [path for path in _before(layout)["absent"] if Path(path).exists()]


def _before(layout: Layout) -> dict[str, Any]:
    if not layout.before.exists():
        return {"settings": {}, "absent": []}
    return dict(json.loads(layout.before.read_text()))


def _setting(name: str) -> str:
    return (KERNEL / name).read_text().strip()
