"""Takes the cluster down, also one that only half came up, and leaves the machine as it was."""

import shutil
import time
from pathlib import Path

import psutil

from tests.cluster import machine, packet_rules, traces
from tests.cluster.engine import ctr
from tests.cluster.errors import ClusterError
from tests.cluster.kubectl import Kubectl
from tests.cluster.layout import NODE, NODE_LINK, POD_LINK, Layout
from tests.cluster.processes import Process, process
from tests.support.waiting import until
from toolchain.progress import CommandError, run, step

STOP_SECONDS = 15
PODS_SECONDS = 60
CONTROLLERS = "kube-controller-manager"
"""It would make anew what is deleted."""
REST = ("kubelet", "kube-router", "kube-proxy", "kube-scheduler", "kube-apiserver", "etcd")


def take_down(layout: Layout) -> None:
    """Undo everything of a cluster; nothing when there is none.

    Raises:
        ClusterError: Something of it stays; the message lists it.
    """
    if layout.before.exists():
        with step("Taking the cluster down", "30 seconds"):
            _end_pods(layout)
            _end_processes(layout)
            _undo(layout)
        left = traces.traces(layout)
        if left:
            raise ClusterError(f"Of the cluster in {layout.root} this is still there:\n{left}\nRun it again.")
    try:
        shutil.rmtree(layout.root)
    except FileNotFoundError:
        return
    except OSError as error:
        raise ClusterError(f"The folder of the cluster cannot be removed: {error}. Run it again.") from error


def _recorded(layout: Layout, name: str) -> Process:
    return process(name, (), logs=layout.logs, records=layout.records)


def _end_pods(layout: Layout) -> None:
    """Let the kubelet end the pods, which undoes their mounts and their wiring; in vain when it does not answer."""
    _recorded(layout, CONTROLLERS).stop(STOP_SECONDS)
    if not all(_recorded(layout, name).runs() for name in ("kube-apiserver", "kubelet")):
        return
    kubectl = Kubectl(layout.programs / "kubectl", layout.kubeconfig)

    def pods(*words: str) -> str:
        # Those of a node that only exists on paper have no kubelet that could end them.
        return kubectl(*words, "--all-namespaces", f"--field-selector=spec.nodeName={NODE}", "--request-timeout=10s")

    try:
        pods("delete", "pods", "--grace-period=1", "--wait=false")
        until(lambda: not pods("get", "pods", "--output=name"), PODS_SECONDS, "the end of every pod")
    except (ClusterError, OSError) as error:
        print(f"  {error}; their containers are ended without the kubelet.", flush=True)


def _end_processes(layout: Layout) -> None:
    for name in REST:
        _recorded(layout, name).stop(STOP_SECONDS)
    engine = _recorded(layout, "containerd")
    if engine.runs():
        _end_containers(layout)
    engine.stop(STOP_SECONDS)
    left = traces.own_processes(layout)
    for one in left:
        try:
            one.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(left, timeout=STOP_SECONDS)


def _end_containers(layout: Layout) -> None:
    """End what a crashed kubelet left; shims and processes that stay are found by their control group."""
    try:
        for task in ctr(layout, "tasks", "list", "--quiet").split():
            ctr(layout, "tasks", "delete", "--force", task)
        for container in ctr(layout, "containers", "list", "--quiet").split():
            ctr(layout, "containers", "delete", container)
    except ClusterError as error:
        print(f"  {error}", flush=True)


def _undo(layout: Layout) -> None:
    for point in traces.own_mounts(Path("/proc/mounts").read_text(), layout.root):
        _unmount(point)
    packet_rules.remove_rules()
    for link in (POD_LINK, NODE_LINK):
        if Path("/sys/class/net", link).exists():
            run(["ip", "link", "delete", link])
    for group in traces.pod_groups():
        _remove_group(group)
    for path in traces.own_log_links(layout):
        path.unlink()
    machine.restore(layout)


def _unmount(point: str) -> None:
    try:
        run(["umount", point])
    except CommandError:
        # Still in use by a process that is about to be gone.
        run(["umount", "--lazy", point])


def _remove_group(group: Path) -> None:
    """Remove a control group and those below it; the kernel empties one a moment after its processes are gone."""
    deadline = time.monotonic() + STOP_SECONDS
    for folder in sorted((path for path in (group, *group.rglob("*")) if path.is_dir()), reverse=True):
        while folder.exists():
            try:
                folder.rmdir()
            except OSError:
                if time.monotonic() > deadline:
                    return
                time.sleep(0.05)
