"""Every object of a stack on a cluster, judged by a real API server with every definition: a strict dry run.

No node, no controller: what is shown is that no field is misspelt, misplaced or against a rule of its definition.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.kubernetes.document import Document
from infra.cluster_prerequisites import missing
from infra.kubernetes_settings import KubernetesPlatform
from tests.cluster.api_server import api_server
from tests.support.cluster_examples import CLASSES, EVERYTHING, PUBLISHED, document, documents, model_spec, recorded
from tests.support.eks_documents import cloud_documents, eks_documents
from tests.support.kubernetes_stand_in.api_error import ApiError
from tests.support.kubernetes_stand_in.cluster import Cluster, connect
from tests.support.shipped_stacks import COOLING, on_a_cluster

pytestmark = [pytest.mark.e2e]

NAMESPACES = ("models", "envoy-gateway-system", "monitoring", "slipway-accelerators")
MANAGER = "slipway-test"
GPU = {"cpu": 4, "memory_mib": 16384, "shm_mib": 2048, "gpu": 1, "pool": "gpu", "replicas": {"min": 2, "max": 6}}
GOES_COLD = {**GPU, "replicas": 2, "idle_warm_hours": 24}
IMAGES = {name: f"registry.example.com/{name}@sha256:{'0' * 64}" for name in ("triton", "rollout")}
EVERY_KIND = {
    "metrics": "prometheus_operator",
    "autoscaler": {"kind": "keda", "prometheus_url": "http://prometheus:9090"},
}

STACKS: dict[str, Callable[[], list[Document]]] = {
    "a plain cluster": lambda: documents(recorded()),
    "everything that a cluster can have": lambda: documents(
        recorded(model_spec(resources=GPU), site=EVERYTHING, gateway=PUBLISHED, priority_classes=CLASSES)
    ),
    "slots that may go cold": lambda: documents(recorded(model_spec(resources=GOES_COLD), site=EVERYTHING)),
    "what an EKS cluster has besides": eks_documents,
    "production on a cluster": lambda: documents(on_a_cluster()),
    "production with an idle slot that goes cold": lambda: documents(on_a_cluster(COOLING)),
    "a cloud for trying things": lambda: cloud_documents("dev"),
    "the cloud of production": lambda: cloud_documents("prod-cloud"),
}


@pytest.fixture(scope="module")
def kubeconfig() -> Iterator[Path]:
    with api_server() as path:
        yield path


@pytest.fixture(scope="module")
def cluster(kubeconfig: Path) -> Cluster:
    found = connect(str(kubeconfig))
    for name in NAMESPACES:
        apply(found, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, dry_run=False)
    return found


def apply(cluster: Cluster, document: Document, *, dry_run: bool = True) -> Document:
    return cluster.apply(cluster.kind(document["apiVersion"], document["kind"]), document, MANAGER, dry_run=dry_run)


def refusals(cluster: Cluster, found: list[Document]) -> Iterator[str]:
    for each in found:
        try:
            apply(cluster, each)
        except ApiError as error:
            yield f"{each['kind']} {each['metadata']['name']}: {error}"


@pytest.mark.parametrize("name", STACKS)
def test_the_api_server_takes_every_object_as_it_is(cluster: Cluster, name: str) -> None:
    found = STACKS[name]()
    print(f"{name}: {len(found)} objects of {len({each['kind'] for each in found})} kinds")
    assert found
    assert list(refusals(cluster, found)) == []


def test_a_cluster_with_every_definition_and_an_administrator_lacks_nothing(kubeconfig: Path) -> None:
    named = {"kind": "kubernetes", "cluster": {"kubeconfig": str(kubeconfig)}, "images": IMAGES, **EVERY_KIND}
    assert list(missing(KubernetesPlatform.model_validate(named))) == []
    classes = {"live": "nobody-made-it", "idle": "system-node-critical"}
    (sentence,) = missing(KubernetesPlatform.model_validate({**named, "priority_classes": classes}))
    assert "platform.priority_classes.live names nobody-made-it, which the cluster does not have" in sentence


def test_a_misspelt_field_is_refused(cluster: Cluster) -> None:
    deployment = next(each for each in documents(recorded()) if each["kind"] == "Deployment")
    (refusal,) = refusals(cluster, [{**deployment, "spec": {**deployment["spec"], "replica": 2}}])
    assert "replica" in refusal


def test_a_number_of_pods_that_an_autoscaler_set_is_left_to_it_and_taken_back_where_the_stack_says_one(
    cluster: Cluster,
) -> None:
    (cooling, fixed) = (
        document(recorded(model_spec(resources=resources), site=EVERYTHING), "Deployment", "digits-blue")
        for resources in (GOES_COLD, {**GPU, "replicas": 2})
    )
    made = apply(cluster, cooling, dry_run=False)
    assert made["spec"]["replicas"] == 1
    kind = cluster.kind("apps/v1", "Deployment")
    metadata = {name: made["metadata"][name] for name in ("name", "namespace")}
    scaled = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": {"replicas": 3}}
    cluster.apply(kind, scaled, "keda")
    assert apply(cluster, cooling, dry_run=False)["spec"]["replicas"] == 3
    with pytest.raises(ApiError, match="conflict"):
        cluster.apply(kind, fixed, MANAGER)
    assert fixed["metadata"]["annotations"]["pulumi.com/patchForce"] == "true"
    assert cluster.apply(kind, fixed, MANAGER, force=True)["spec"]["replicas"] == 2
