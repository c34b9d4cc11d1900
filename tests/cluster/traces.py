"""What of a node is on this machine: read before one is made, and again after it was taken down."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

import psutil

from tests.cluster import machine, packet_rules
from tests.cluster.layout import NODE_LINK, POD_LINK, Layout

CGROUPS = Path("/sys/fs/cgroup")
POD_GROUP = "kubepods"
PROGRAMS = frozenset(
    {
        "containerd",
        "containerd-shim-runc-v2",
        "etcd",
        "kube-apiserver",
        "kube-controller-manager",
        "kube-proxy",
        "kube-router",
        "kube-scheduler",
        "kubelet",
        "kwok",
    }
)
LOG_LINKS = Path("/var/log/containers")


@dataclass(frozen=True, kw_only=True)
class Traces:
    """Everything that a node leaves when nobody takes it down, each by a name that a person can look up."""

    processes: tuple[str, ...] = ()
    mounts: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    chains: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()
    cgroups: tuple[str, ...] = ()
    logs: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return any(getattr(self, kind.name) for kind in fields(self))

    def __str__(self) -> str:
        kinds = ((kind.name, getattr(self, kind.name)) for kind in fields(self))
        return "\n".join(f"  {name}: {', '.join(found)}" for name, found in kinds if found)


def traces(layout: Layout) -> Traces:
    """What is there now of the node of a layout, or of any other where names cannot tell whose it is."""
    return Traces(
        processes=tuple(f"{process.pid} {process.info['name']}" for process in own_processes(layout)),
        mounts=tuple(own_mounts(Path("/proc/mounts").read_text(), layout.root)),
        links=tuple(name for name in (NODE_LINK, POD_LINK) if Path("/sys/class/net", name).exists()),
        chains=tuple(packet_rules.chains()),
        sets=tuple(packet_rules.sets()),
        cgroups=tuple(str(path) for path in pod_groups()),
        logs=tuple(str(path) for path in own_log_links(layout)),
        settings=tuple(machine.changed_settings(layout)),
        folders=tuple(machine.new_folders(layout)),
    )


def own_processes(layout: Layout) -> list[psutil.Process]:
    """The programs of a node that work in this cluster's folder, and what runs in its pods."""
    in_pods = _in_pods()
    running = psutil.process_iter(["cmdline", "name"])
    return [one for one in running if one.pid in in_pods or is_own(one.info["cmdline"] or (), layout.root)]


def is_own(command: Sequence[str], folder: Path) -> bool:
    """Whether a command line is a program of a node that was told a path below a folder.

    Not somebody's kubectl or editor that has a file of that folder open.
    """
    values = (word.rpartition("=")[2].removeprefix("unix://") for word in command[1:])
    return Path(*command[:1]).name in PROGRAMS and any(Path(value).is_relative_to(folder) for value in values)


def own_mounts(mounts: str, folder: Path) -> list[str]:
    """The mount points below a folder out of the text of /proc/mounts, the innermost first."""
    points = (line.split()[1].encode().decode("unicode_escape") for line in mounts.splitlines())
    return sorted((point for point in points if Path(point).is_relative_to(folder)), reverse=True)


def pod_groups() -> list[Path]:
    """The control groups of pods, in whichever hierarchies there are."""
    places = (CGROUPS / POD_GROUP, *CGROUPS.glob(f"*/{POD_GROUP}"))
    return [path for path in places if path.is_dir()]


def own_log_links(layout: Layout) -> list[Path]:
    """The links that the kubelet makes beside the logs, in a folder that it cannot be told."""
    links = LOG_LINKS.glob("*.log") if LOG_LINKS.is_dir() else ()
    return [link for link in links if link.is_symlink() and link.readlink().is_relative_to(layout.root)]


def _in_pods() -> set[int]:
    pids: set[int] = set()
    for file in (file for group in pod_groups() for file in group.rglob("cgroup.procs")):
        # A pod may end meanwhile.
        with suppress(OSError):
            pids |= {int(pid) for pid in file.read_text().split()}
    return pids
