"""A Kubernetes API server without a node: every object can be tried against it, nothing runs.

It needs no root, starts in seconds on ports that are free, and is gone when the context ends.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import packages
from tests.cluster.binaries import HYPERKUBE, built
from tests.cluster.control_plane import StorePorts, api_server_command, store_command
from tests.cluster.definitions import apply_definitions, definitions
from tests.cluster.errors import ClusterError
from tests.cluster.keys import identities, kubeconfig, write_keys
from tests.cluster.kubectl import Kubectl
from tests.cluster.layout import Layout
from tests.cluster.processes import Process, process
from tests.support.waiting import free_port, until

ADDRESS = "127.0.0.1"
READY_SECONDS = 60
STOP_SECONDS = 10
WITHOUT_NODE = (
    # Its record of its own address may not be a loopback one, and no pod looks for it.
    "--endpoint-reconciler-type=none",
    # No controller makes the account that pods run as.
    "--disable-admission-plugins=ServiceAccount",
)


@contextmanager
def api_server() -> Iterator[Path]:
    """Run an API server with every definition of a custom resource; give the path of its kubeconfig.

    Raises:
        ClusterError: A program is missing or does not start.
    """
    packages.install(["etcd"])
    binaries, custom = built(HYPERKUBE), definitions()
    with tempfile.TemporaryDirectory(prefix="slipway-api-server-") as folder:
        layout, store, port = Layout(Path(folder)), StorePorts(free_port(), free_port()), free_port()
        write_keys(layout.keys, identities(ADDRESS))
        layout.kubeconfig.write_text(kubeconfig(layout.keys, "admin", f"https://{ADDRESS}:{port}"))
        command = [*api_server_command(binaries, layout, store, ADDRESS, port), *WITHOUT_NODE]
        server = process("kube-apiserver", command, logs=layout.logs, records=layout.records)
        database = process("etcd", store_command(layout, store), logs=layout.logs, records=layout.records)
        try:
            database.start()
            server.start()
            kubectl = Kubectl(binaries / "kubectl", layout.kubeconfig)
            wait_for_api_server(server, kubectl)
            apply_definitions(kubectl, custom)
            yield layout.kubeconfig
        finally:
            server.stop(STOP_SECONDS)
            database.stop(STOP_SECONDS)


def wait_for_api_server(server: Process, kubectl: Kubectl) -> None:
    """Return when the API server answers that it is ready.

    Raises:
        ClusterError: It ends, or is not ready in time.
    """

    def ready() -> bool:
        if not server.runs():
            raise ClusterError(server.failure())
        try:
            return kubectl("get", "--raw", "/readyz", "--request-timeout=2s") == "ok"
        except ClusterError:
            return False

    try:
        until(ready, READY_SECONDS, "a ready API server")
    except TimeoutError as error:
        raise ClusterError(server.failure()) from error
