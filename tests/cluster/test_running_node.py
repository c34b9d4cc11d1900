"""What the node of `make cluster-up` does, tried on it; another cluster need not do all of it."""

import json
import secrets
from collections.abc import Iterator

import pytest

from tests.cluster.base_image import base_image
from tests.cluster.binaries import HYPERKUBE, built
from tests.cluster.engine import imported
from tests.cluster.fake_nodes import FakeNode, fake_nodes
from tests.cluster.kubectl import Kubectl
from tests.cluster.layout import standard
from tests.support.chosen_cluster import cluster_kubeconfig, is_own_cluster
from tests.support.waiting import until

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.skipif(not is_own_cluster(), reason="these are about the node that this project makes"),
]
READY_SECONDS = 60
POLICY_SECONDS = 20
SERVER = ("python3", "-m", "http.server", "8000", "--directory", "/etc")
ASK = "import sys, urllib.request as u; print(u.urlopen(sys.argv[1], timeout=2).status)"
GPU = "nvidia.com/gpu"


@pytest.fixture(scope="module")
def kubectl() -> Kubectl:
    return Kubectl(built(HYPERKUBE) / "kubectl", cluster_kubeconfig())


@pytest.fixture(scope="module")
def image() -> str:
    return imported(standard(), base_image())


@pytest.fixture
def namespace(kubectl: Kubectl) -> Iterator[str]:
    name = f"node-{secrets.token_hex(4)}"
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name)


def pod(name: str, image: str, command: tuple[str, ...] = ("sleep", "600"), **spec: object) -> dict[str, object]:
    container = {"name": "main", "image": image, "imagePullPolicy": "Never", "command": list(command)}
    ends = {"terminationGracePeriodSeconds": 1, "automountServiceAccountToken": False}
    metadata = {"name": name, "labels": {"app": name}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [container], **ends, **spec},
    }


def policy(name: str, spec: dict[str, object]) -> dict[str, object]:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name}, "spec": spec}


def apply(kubectl: Kubectl, namespace: str, *documents: dict[str, object]) -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": documents})
    kubectl("apply", "--server-side", f"--namespace={namespace}", "--filename=-", text=text)


@pytest.fixture
def people(kubectl: Kubectl, namespace: str, image: str) -> str:
    ports = [{"port": 80, "targetPort": 8000}]
    spec: dict[str, object] = {"selector": {"app": "server"}, "ports": ports}
    service: dict[str, object] = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "server"}, "spec": spec}
    pods = [pod("server", image, SERVER), pod("friend", image), pod("stranger", image)]
    apply(kubectl, namespace, service, *pods)
    kubectl("wait", "--for=condition=Ready", "pod", "--all", f"--namespace={namespace}", f"--timeout={READY_SECONDS}s")
    return namespace


def reaches(kubectl: Kubectl, namespace: str, who: str, url: str) -> bool:
    ask = f"try:\n exec({ASK!r})\nexcept OSError as error: print(error)"
    return kubectl("exec", who, f"--namespace={namespace}", "--", "python3", "-c", ask, url).strip() == "200"


def test_an_image_is_found_by_its_digest_and_never_fetched(kubectl: Kubectl, people: str, image: str) -> None:
    identity = "jsonpath={.status.containerStatuses[0].imageID}"
    assert kubectl("get", "pod", "server", f"--namespace={people}", f"--output={identity}") == image


def test_a_network_policy_blocks_whom_it_does_not_name(kubectl: Kubectl, people: str) -> None:
    def passes(who: str) -> bool:
        return reaches(kubectl, people, who, "http://server/hostname")

    assert passes("friend"), "without a policy everybody reaches everybody"
    assert passes("stranger")
    friends = [{"from": [{"podSelector": {"matchLabels": {"app": "friend"}}}], "ports": [{"port": 8000}]}]
    apply(kubectl, people, policy("deny", {"podSelector": {}, "policyTypes": ["Ingress"]}))
    until(lambda: not passes("friend"), POLICY_SECONDS, "a policy that lets nobody in")
    chosen = {"matchLabels": {"app": "server"}}
    apply(kubectl, people, policy("in", {"podSelector": chosen, "policyTypes": ["Ingress"], "ingress": friends}))
    until(lambda: passes("friend"), POLICY_SECONDS, "a policy that lets a friend in")
    assert not passes("stranger"), "the node enforces no policies"


def test_a_network_policy_keeps_a_pod_from_asking_anybody(kubectl: Kubectl, people: str) -> None:
    chosen = {"matchLabels": {"app": "friend"}}
    apply(kubectl, people, policy("silent", {"podSelector": chosen, "policyTypes": ["Egress"]}))
    until(lambda: not reaches(kubectl, people, "friend", "http://server/"), POLICY_SECONDS, "a policy that holds back")
    assert reaches(kubectl, people, "stranger", "http://server/hostname")


def test_a_pod_that_asks_for_gpus_lands_on_the_fake_node_that_has_them(kubectl: Kubectl, namespace: str) -> None:
    taint = {"key": namespace, "effect": "NoSchedule"}
    node = FakeNode(
        name=f"{namespace}-gpu", capacity={"cpu": "8", "memory": "8Gi", "pods": "9", GPU: "8"}, taints=[taint]
    )
    asks = pod("trainer", "nowhere.invalid/trainer", tolerations=[{"key": namespace, "operator": "Exists"}])
    asks["spec"]["containers"][0]["resources"] = {"limits": {GPU: "8"}}  # type: ignore[index]
    with fake_nodes(kubectl.kubeconfig, [node]):
        apply(kubectl, namespace, asks)
        kubectl("wait", "--for=condition=Ready", "pod/trainer", f"--namespace={namespace}", "--timeout=30s")
        where = ("--output=jsonpath={.spec.nodeName}", f"--namespace={namespace}")
        assert kubectl("get", "pod", "trainer", *where) == node.name
    assert node.name not in kubectl("get", "nodes", "--output=name")
