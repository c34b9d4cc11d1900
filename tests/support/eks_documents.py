"""Every object of ours on an EKS cluster, for pools of every kind and by the shipped files, as it would be applied.

A TargetGroupBinding is not among them: of the Go module of its controller no version after 1.1.9 is tagged, and that
one has no such definition.
"""

from dataclasses import replace

from components.aws.gpu_pool_spec import KarpenterPool
from components.aws.image_cache_plan import NoCache, SnapshotCache
from components.aws.karpenter_objects import NodePlace, node_class_document, node_pool_document
from components.aws.node_pool_plan import pool_plan
from components.aws.priority_classes import PriorityClasses, PriorityClassesArgs
from components.kubernetes.document import Document
from tests.support.aws_examples import AL2023_POOL, DEV, KARPENTER_POOL, make_accelerators
from tests.support.cluster_examples import documents
from tests.support.recording import record
from tests.support.shipped_stacks import on_eks

PLACE = NodePlace(
    instance_profile="nodes",
    subnet_ids=["subnet-0a1b2c3d", "subnet-4e5f6a7b"],
    security_group_ids=["sg-0123abcd"],
    zones=("use1-az1", "use1-az2"),
    tags=DEV.tags.common(),
)
POOLS: dict[str, KarpenterPool] = {
    "bottlerocket": KARPENTER_POOL,
    "al2023": AL2023_POOL,
    "latest": replace(AL2023_POOL, ami_release="latest", capacity=("spot", "on-demand")),
    "plain": replace(AL2023_POOL, image_cache=NoCache()),
    "snapshot": replace(KARPENTER_POOL, image_cache=SnapshotCache(snapshot_id="snap-0123abcd")),
    "reserved": replace(KARPENTER_POOL, capacity=("reserved",), reservation_ids=("cr-0123456789abcdef0",)),
    "rdma": replace(KARPENTER_POOL, instance_types=("p5.48xlarge",), gpu_limit=8, efa=True),
    "sliced": replace(AL2023_POOL, sharing="time_slicing", pods_per_gpu=4),
    "shared": replace(AL2023_POOL, sharing="mps", pods_per_gpu=2),
    "sliced-bottlerocket": replace(KARPENTER_POOL, sharing="time_slicing", pods_per_gpu=4),
}


def eks_documents() -> list[Document]:
    """Return what is there besides the models, for pools of every kind."""
    plans = {name: pool_plan(name, pool) for name, pool in POOLS.items()}
    nodes = [
        make(name, plan, PLACE) for name, plan in plans.items() for make in (node_class_document, node_pool_document)
    ]
    graph = record(
        lambda: (
            make_accelerators("gpus", DEV, dict(POOLS)),
            PriorityClasses("priority", PriorityClassesArgs(namespace="models")),
        )
    )
    return [*nodes, *documents(graph)]


def cloud_documents(stack: str) -> list[Document]:
    """Return what a cloud's shipped file plans with models on its cluster."""
    return [_with_ids(each) for each in documents(on_eks(stack)) if each["kind"] != "TargetGroupBinding"]


def _with_ids(document: Document) -> Document:
    """Return a node class with ids of the form that only AWS gives them; anything else as it is."""
    if document["kind"] != "EC2NodeClass":
        return document
    subnets = [{"id": each} for each in PLACE.subnet_ids]
    groups = [{"id": each} for each in PLACE.security_group_ids]
    spec = {**document["spec"], "subnetSelectorTerms": subnets, "securityGroupSelectorTerms": groups}
    return {**document, "spec": spec}
