"""Every object of a stack on a cluster, judged by a real API server with every definition: a strict dry run.

No node, no controller: what is shown is that no field is misspelt, misplaced or against a rule of its definition.
"""

from collections.abc import Callable, Iterator

import pytest

from components.kubernetes.document import Document
from tests.cluster.api_server import api_server
from tests.support.cluster_examples import EVERYTHING, documents, model_spec, recorded
from tests.support.eks_documents import cloud_documents, eks_documents
from tests.support.kubernetes_stand_in.api_error import ApiError
from tests.support.kubernetes_stand_in.cluster import Cluster, connect
from tests.support.shipped_stacks import COOLING, on_a_cluster

pytestmark = [pytest.mark.e2e]

NAMESPACES = ("models", "envoy-gateway-system", "monitoring", "slipway-accelerators")
MANAGER = "slipway-test"
GPU = {"cpu": 4, "memory_mib": 16384, "shm_mib": 2048, "gpu": 1, "pool": "gpu", "replicas": {"min": 2, "max": 6}}

STACKS: dict[str, Callable[[], list[Document]]] = {
    "a plain cluster": lambda: documents(recorded()),
    "everything that a cluster can have": lambda: documents(recorded(model_spec(resources=GPU), site=EVERYTHING)),
    "what an EKS cluster has besides": eks_documents,
    "production on a cluster": lambda: documents(on_a_cluster()),
    "production with an idle slot that goes cold": lambda: documents(on_a_cluster(COOLING)),
    "a cloud for trying things": lambda: cloud_documents("dev"),
    "the cloud of production": lambda: cloud_documents("prod-cloud"),
}


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with api_server() as kubeconfig:
        found = connect(str(kubeconfig))
        for name in NAMESPACES:
            apply(found, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, dry_run=False)
        yield found


def apply(cluster: Cluster, document: Document, *, dry_run: bool = True) -> Document:
    return cluster.apply(cluster.kind(document["apiVersion"], document["kind"]), document, MANAGER, dry_run=dry_run)


def refusals(cluster: Cluster, found: list[Document]) -> Iterator[str]:
    for document in found:
        try:
            apply(cluster, document)
        except ApiError as error:
            yield f"{document['kind']} {document['metadata']['name']}: {error}"


@pytest.mark.parametrize("name", STACKS)
def test_the_api_server_takes_every_object_as_it_is(cluster: Cluster, name: str) -> None:
    found = STACKS[name]()
    print(f"{name}: {len(found)} objects of {len({each['kind'] for each in found})} kinds")
    assert found
    assert list(refusals(cluster, found)) == []


def test_a_misspelt_field_is_refused(cluster: Cluster) -> None:
    deployment = next(each for each in documents(recorded()) if each["kind"] == "Deployment")
    (refusal,) = refusals(cluster, [{**deployment, "spec": {**deployment["spec"], "replica": 2}}])
    assert "replica" in refusal
