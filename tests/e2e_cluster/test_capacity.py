"""What a cluster can give and what it cannot: a fake GPU node, a quota, and whether its network policies block."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from kubernetes import client
from kubernetes.stream import stream

from infra.settings import SLOTS
from tests.support.cluster_stack import SMALL, Cluster
from tests.support.cluster_switching import ClusterSwitching, switching_on_cluster
from tests.support.project import kill
from tests.support.switched_model import MODEL
from tests.support.waiting import until

pytestmark = [pytest.mark.cluster]

GPU_NODE = "fake-gpu"
POOL = "gpu"
REASON_SECONDS = 60


@pytest.fixture(scope="module")
def switching(cluster: Cluster) -> Iterator[ClusterSwitching]:
    with switching_on_cluster(cluster) as made:
        yield made


@pytest.fixture
def gpu_node(switching: ClusterSwitching) -> Iterator[str]:
    """A node that exists for the scheduler only: no kubelet answers for it."""
    core = switching.stack.core
    taint = {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
    labels = {"slipway.dev/pool": POOL, "nvidia.com/gpu.present": "true", "kubernetes.io/hostname": GPU_NODE}
    spec = {"taints": [taint]}
    core.create_node({"metadata": {"name": GPU_NODE, "labels": labels}, "spec": spec})
    sizes = {"cpu": "8", "memory": "32Gi", "pods": "20", "nvidia.com/gpu": "2"}
    ready = {"type": "Ready", "status": "True", "reason": "Test", "message": "", "lastHeartbeatTime": now()}
    status = {"capacity": sizes, "allocatable": sizes, "conditions": [{**ready, "lastTransitionTime": now()}]}
    core.patch_node_status(GPU_NODE, {"status": status})
    core.patch_node(GPU_NODE, {"spec": spec})
    yield GPU_NODE
    core.delete_node(GPU_NODE)


def now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def test_a_slot_with_a_gpu_lands_on_the_gpu_node_and_nothing_else_does(
    switching: ClusterSwitching, cluster: Cluster, gpu_node: str
) -> None:
    stack = switching.stack
    before = {pod.metadata.name for slot in SLOTS for pod in stack.pods(MODEL, slot)}

    def placed() -> list[client.V1Pod]:
        pods = [pod for slot in SLOTS for pod in stack.pods(MODEL, slot)]
        return [pod for pod in pods if pod.metadata.name not in before and pod.spec.node_name]

    switching.model["resources"] = {**SMALL, "gpu": 1, "pool": POOL}
    up = switching.begin_up("blue")
    try:
        # The other slot's turn comes when this one answers, which no pod of a fake node does.
        until(placed, 90, "a pod of the live slot to be placed")
        assert {pod.spec.node_name for pod in placed()} == {gpu_node}
        assert_no_room_for_others(stack.core, gpu_node, cluster.images["rollout"])
    finally:
        kill(up)
        for pod in placed():
            stack.core.delete_namespaced_pod(pod.metadata.name, stack.namespace, grace_period_seconds=0)
        stack.pulumi("cancel", stack.name, "--yes")
        del switching.model["resources"]
        # The killed engine did not write down that it had changed the Deployment.
        stack.up(refresh=True)


def assert_no_room_for_others(core: client.CoreV1Api, gpu_node: str, image: str) -> None:
    """Let a pod without a GPU look for a place while the GPU node is the only one that takes pods."""
    nodes = [node.metadata.name for node in core.list_node().items if not node.spec.unschedulable]
    others = [name for name in nodes if name != gpu_node]
    meta, container = {"generateName": "no-gpu-"}, {"name": "caller", "image": image, "command": ["sleep", "60"]}
    with ExitStack() as cleanup:
        for node in others:
            cleanup.callback(core.patch_node, node, {"spec": {"unschedulable": False}})
            core.patch_node(node, {"spec": {"unschedulable": True}})
        pod = core.create_namespaced_pod("default", {"metadata": meta, "spec": {"containers": [container]}})
        name = pod.metadata.name
        cleanup.callback(core.delete_namespaced_pod, name, "default", grace_period_seconds=0)
        until(lambda: "untolerated taint" in why_not_placed(core.read_namespaced_pod(name, "default")), 30, "a refusal")


def why_not_placed(pod: client.V1Pod) -> str:
    found = [each for each in pod.status.conditions or [] if each.type == "PodScheduled" and each.status == "False"]
    return " ".join(each.message or "" for each in found)


def test_a_quota_that_is_too_small_is_told_within_a_minute(switching: ClusterSwitching) -> None:
    core, namespace = switching.stack.core, switching.stack.namespace
    quota = {"metadata": {"name": "small"}, "spec": {"hard": {"limits.memory": "900Mi"}}}
    core.create_namespaced_resource_quota(namespace, quota)
    switching.model["resources"] = {**SMALL, "memory_mib": 600}
    started = time.monotonic()
    try:
        refused = switching.up("blue", fails=True)
    finally:
        core.delete_namespaced_resource_quota("small", namespace)
        del switching.model["resources"]
    assert time.monotonic() - started < REASON_SECONDS
    assert "exceeded quota" in refused.text, refused.text
    assert "limits.memory" in refused.text, refused.text
    switching.up("blue")


CALLER = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 3).close()
    print("reached")
except OSError:
    print("blocked")
"""


@pytest.mark.parametrize("port", [8000, 8001, 8002])
def test_nobody_but_the_gateway_reaches_a_model_server(
    switching: ClusterSwitching, cluster: Cluster, port: int
) -> None:
    core = switching.stack.core
    address = switching.stack.pods(MODEL, "blue")[0].status.pod_ip
    assert ask_from_a_pod(core, cluster, address, port) == "blocked"
    door = urlsplit(switching.stack.url)
    assert ask_from_a_pod(core, cluster, str(door.hostname), int(door.port or 80)) == "reached", "the caller must work"


def ask_from_a_pod(core: client.CoreV1Api, cluster: Cluster, address: str, port: int) -> str:
    """Return whether a pod of another namespace can open a connection."""
    command = ["python3", "-c", CALLER, address, str(port)]
    container = {"name": "caller", "image": cluster.images["rollout"], "command": command}
    pod = core.create_namespaced_pod(
        "default",
        {"metadata": {"generateName": "caller-"}, "spec": {"restartPolicy": "Never", "containers": [container]}},
    )
    name = pod.metadata.name
    try:
        until(lambda: core.read_namespaced_pod(name, "default").status.phase == "Succeeded", 60, "the caller's end")
        # The client's own decoding gives the representation of bytes.
        log = core.read_namespaced_pod_log(name, "default", _preload_content=False)
        return str(log.data.decode()).strip()
    finally:
        core.delete_namespaced_pod(name, "default", grace_period_seconds=0)


def test_a_model_server_reaches_nobody_but_names_and_stores(switching: ClusterSwitching) -> None:
    """Not its own gateway: what a model server would have to say to it is nothing."""
    stack = switching.stack
    pod = stack.pods(MODEL, "blue")[0].metadata.name
    door = urlsplit(stack.url)
    command = ["python3", "-c", CALLER, str(door.hostname), str(door.port or 80)]
    asked = {"command": command, "stdout": True, "_preload_content": False}
    shell = stream(stack.core.connect_get_namespaced_pod_exec, pod, stack.namespace, **asked)
    # Its `close` leaves the socket open once the server has said goodbye.
    with ExitStack() as cleanup:
        cleanup.callback(shell.sock.shutdown)
        shell.run_forever(timeout=30)
        assert shell.read_stdout().strip() == "blocked"
