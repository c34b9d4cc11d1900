"""Brings the cluster up, step by step; what is there already is left as it is."""

from pathlib import Path

from components.local.supervision import write_private
from tests.cluster import machine, node, packages
from tests.cluster.addons import install_addons
from tests.cluster.api_server import wait_for_api_server
from tests.cluster.binaries import COREDNS, ENVOY_GATEWAY, HELM, HYPERKUBE, KUBE_ROUTER, built
from tests.cluster.control_plane import (
    StorePorts,
    api_server_command,
    controllers_command,
    scheduler_command,
    store_command,
)
from tests.cluster.definitions import apply_definitions, definitions
from tests.cluster.engine import imported
from tests.cluster.errors import ClusterError
from tests.cluster.keys import identities, kubeconfig, write_keys
from tests.cluster.kubectl import Kubectl
from tests.cluster.layout import API_PORT, NODE, NODE_ADDRESS, Layout
from tests.cluster.node_images import NodeImages, node_images
from tests.cluster.processes import Process, process
from tests.cluster.traces import traces
from tests.support.waiting import free_port, until
from toolchain.progress import step

NODE_SECONDS = 120


def bring_up(layout: Layout) -> None:
    """Make the cluster, from nothing or from where a broken-off attempt left it; nothing when it runs.

    Raises:
        ClusterError: This machine cannot have one, or something does not build or start.
    """
    if layout.complete.exists() and not _ended(layout):
        return
    packages.require_machine()
    require_alone(layout)
    packages.install()
    binaries, router, custom = built(HYPERKUBE), built(KUBE_ROUTER), definitions()
    for program in (ENVOY_GATEWAY, HELM, COREDNS):
        built(program)
    with step("Building the images of the cluster itself", "30 seconds"):
        images = node_images()
    with step("Starting a node", "20 seconds"):
        prepare(layout)
        start_node(layout, binaries, router, images)
    with step("Starting CoreDNS and Envoy Gateway", "1 minute"):
        kubectl = Kubectl(binaries / "kubectl", layout.kubeconfig)
        apply_definitions(kubectl, custom)
        install_addons(layout, kubectl, custom / "gateway", images)
    ended = _ended(layout)
    if ended:
        raise ClusterError("\n".join(one.failure() for one in ended))
    layout.complete.touch()


def require_alone(layout: Layout) -> None:
    """Pass when nothing on this machine could be mixed up with this cluster.

    Raises:
        ClusterError: Another node runs here.
    """
    found = None if layout.before.exists() else traces(layout)
    if found:
        raise ClusterError(
            f"Another Kubernetes node is or was on this machine, and its parts cannot be told from ours:\n{found}\n"
            f"Take it down first. {packages.INSTEAD}"
        )


def prepare(layout: Layout) -> None:
    """Write what the parts of a node read, and make the node's link."""
    layout.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    machine.remember(layout)
    machine.prepare()
    if not layout.kubeconfig.exists():
        everybody = identities(NODE_ADDRESS)
        write_keys(layout.keys, everybody)
        server = f"https://{NODE_ADDRESS}:{API_PORT}"
        for identity in everybody:
            write_private(layout.keys / f"{identity.file}.kubeconfig", kubeconfig(layout.keys, identity.file, server))
        write_private(layout.kubeconfig, kubeconfig(layout.keys, "admin", server))
    layout.network.mkdir(exist_ok=True)
    (layout.network / "10-slipway.conflist").write_text(node.network_settings(layout))
    (layout.root / "kubelet.json").write_text(node.kubelet_settings(layout))


def start_node(layout: Layout, binaries: Path, router: Path, images: NodeImages) -> None:
    """Start every process of the node; return when it is ready for pods.

    Raises:
        ClusterError: One of them does not start.
    """
    _start_engine(layout, images.pause)
    server = _start_api_server(layout, binaries)
    kubectl = Kubectl(binaries / "kubectl", layout.kubeconfig)
    wait_for_api_server(server, kubectl)
    rest = {
        "kube-controller-manager": controllers_command(binaries, layout),
        "kube-scheduler": scheduler_command(binaries, layout),
        "kubelet": node.kubelet_command(binaries, layout),
        "kube-proxy": node.proxy_command(binaries, layout),
    }
    processes = [_process(layout, name, command) for name, command in rest.items()]
    for one in processes:
        one.start()
    _wait_for_node(kubectl, processes)
    # It ends when the node is not there yet.
    _process(layout, "kube-router", node.policy_agent_command(router, layout)).start()


def _start_engine(layout: Layout, pause: str) -> None:
    settings = layout.root / "containerd.toml"
    engine = _process(layout, "containerd", node.containerd_command(layout))
    if not engine.runs():
        # The image by its tag: the digest is known once it is imported.
        settings.write_text(node.containerd_settings(layout, pause))
        engine.start()
    until(layout.containerd_socket.exists, NODE_SECONDS, "containerd's socket")
    imported(layout, pause)


def _start_api_server(layout: Layout, binaries: Path) -> Process:
    store = StorePorts(free_port(), free_port())
    database = _process(layout, "etcd", store_command(layout, store))
    command = api_server_command(binaries, layout, store, NODE_ADDRESS, API_PORT)
    server = _process(layout, "kube-apiserver", command)
    if not (database.runs() and server.runs()):
        # The one is told the port of the other.
        server.stop(NODE_SECONDS)
        database.stop(NODE_SECONDS)
        database.start()
        server.start()
    return server


def _wait_for_node(kubectl: Kubectl, processes: list[Process]) -> None:
    def ready() -> bool:
        ended = [one for one in processes if not one.runs()]
        if ended:
            raise ClusterError("\n".join(one.failure() for one in ended))
        status = "jsonpath={.items[*].status.conditions[?(@.type=='Ready')].status}"
        return kubectl("get", "nodes", f"--output={status}") == "True"

    until(ready, NODE_SECONDS, f"node {NODE} becoming ready")


def _ended(layout: Layout) -> list[Process]:
    started = (_process(layout, record.stem, []) for record in sorted(layout.records.iterdir()))
    return [one for one in started if not one.runs()]


def _process(layout: Layout, name: str, command: list[str]) -> Process:
    return process(name, command, logs=layout.logs, records=layout.records)
