"""What breaks under a stack on a cluster, and what users notice: servers that are killed, a node that is drained."""

import time
from collections.abc import Iterator

import pytest
from kubernetes.client.exceptions import ApiException

from tests.e2e.conftest import Prove
from tests.support.chosen_cluster import is_own_cluster
from tests.support.cluster_stack import SMALL, Cluster, wait_for_new_pod
from tests.support.cluster_switching import ClusterSwitching, switching_on_cluster
from tests.support.load import Tally, load
from tests.support.switched_model import MODEL, QUIET_RATES
from tests.support.waiting import until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not is_own_cluster(), reason="it kills processes of pods, so it must run on their node"),
]

TOO_MANY_REQUESTS = 429
MOST_REFUSED = 0.05
"""A server that is gone costs nothing, as its requests are asked again; one that only answers wrongly costs its share
until outlier detection or the probe takes it out."""
GATEWAY_BACK_SECONDS = 20


@pytest.fixture(scope="module")
def switching(cluster: Cluster) -> Iterator[ClusterSwitching]:
    with switching_on_cluster(cluster) as made:
        made.model["resources"] = {**SMALL, "replicas": 2}
        made.up("blue")
        yield made


def ready_pods(switching: ClusterSwitching) -> int:
    deployment = switching.stack.apps.read_namespaced_deployment(f"{MODEL}-blue", switching.stack.namespace)
    return deployment.status.ready_replicas or 0


@pytest.fixture(autouse=True)
def _both_replicas_ready(switching: ClusterSwitching) -> None:
    until(lambda: ready_pods(switching) == 2, 120, "two ready pods of the live slot")


def count_while(switching: ClusterSwitching, name: str) -> Tally:
    """Kill a process of one live pod under load, and wait until the pod answers again."""
    pod = switching.stack.pods(MODEL, "blue")[0]
    with load(switching.plan(QUIET_RATES)) as running:
        until(lambda: running.tally().total > 200, 30, "requests before the fault")
        switching.kill(pod.metadata.uid, name)
        until(lambda: ready_pods(switching) < 2, 60, "the probe to notice")
        until(lambda: ready_pods(switching) == 2, 120, "the pod to come back")
        return running.stop()


@pytest.mark.parametrize("name", ["bin/tritonserver", "triton_python_backend_stub"])
def test_a_killed_server_beside_another_costs_few_requests_and_comes_back(
    switching: ClusterSwitching, prove: Prove, name: str
) -> None:
    tally = count_while(switching, name)
    prove(f"on a cluster: SIGKILL of {name.rsplit('/', 1)[-1]} in one of two pods", tally, planned=False)
    assert not tally.wrong, tally
    assert not tally.lost, "the gateway must answer every request, and be it that it could not be served"
    assert sum(tally.refused.values()) <= tally.total * MOST_REFUSED, tally


def test_a_killed_gateway_comes_back(switching: ClusterSwitching, prove: Prove) -> None:
    (pod,) = switching.stack.proxies()[:1]
    with load(switching.plan(QUIET_RATES)) as running:
        until(lambda: running.tally().total > 200, 30, "requests before the fault")
        switching.kill(pod.metadata.uid, "envoy --service-cluster")
        time.sleep(1)
        running.mark()
        until(lambda: running.tally().first_answers, 60, "answers of the new process")
        tally = running.stop()
    prove("on a cluster: SIGKILL of the only gateway", tally, planned=False)
    assert not tally.wrong, tally
    assert tally.longest_silence_seconds < GATEWAY_BACK_SECONDS, tally
    most = sum(QUIET_RATES.values()) * (tally.longest_silence_seconds + 1)
    assert sum(tally.refused.values()) + sum(tally.lost.values()) <= most, "only the silence may cost requests"


def test_a_drain_keeps_one_replica_until_the_other_is_elsewhere(switching: ClusterSwitching, prove: Prove) -> None:
    stack = switching.stack
    (node,) = {pod.spec.node_name for pod in stack.pods(MODEL, "blue")}
    with load(switching.plan(QUIET_RATES)) as running:
        stack.core.patch_node(node, {"spec": {"unschedulable": True}})
        try:
            first, second = stack.pods(MODEL, "blue")
            evict(switching, first.metadata.name)
            with pytest.raises(ApiException) as refused:
                evict(switching, second.metadata.name)
            time.sleep(20)
        finally:
            stack.core.patch_node(node, {"spec": {"unschedulable": False}})
        wait_for_new_pod(stack, MODEL, "blue", not_named=second.metadata.name)
        tally = running.stop()
    prove("on a cluster: the node is drained and uncordoned", tally)
    assert refused.value.status == TOO_MANY_REQUESTS, "the disruption budget must hold the last replica"


def evict(switching: ClusterSwitching, pod: str) -> None:
    namespace = switching.stack.namespace
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": namespace}}
    switching.stack.core.create_namespaced_pod_eviction(pod, namespace, body)
