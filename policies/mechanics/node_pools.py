"""How a rule reads a pool of nodes, of Karpenter or a managed group: what it asks for, and whether they have GPUs."""

import re

from mechanics.facts import Resource, Value
from mechanics.pods import GPU

POOL_LABEL = "slipway.dev/pool"
CAPACITY = "karpenter.sh/capacity-type"

# https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html: g, gr and p have NVIDIA GPUs.
GPU_TYPE = re.compile(r"(p|g|gr)\d\w*")
GPUS_BY_SIZE = {"12xlarge": 4, "24xlarge": 4, "48xlarge": 8, "metal": 8}
SMALLEST_P_SIZE = "4xlarge"
_GPU_KEYS = re.compile(r"karpenter\.k8s\.aws/instance-gpu-\w+")


def requirements(pool: Resource) -> dict[str, list[Value]]:
    """Return what a pool asks of its nodes: the values that each key may have."""
    asked = pool.parts("spec.template.spec.requirements")
    return {each.text("key"): each.items("values") for each in asked if each.get("operator") != "NotIn"}


def has_gpus(pool: Resource) -> bool:
    """Tell whether a pool can make nodes with GPUs."""
    asked = requirements(pool)
    kinds = [value for key in asked if key.rpartition("/")[2].startswith("instance-") for value in asked[key]]
    return (
        GPU in pool.mapping("spec.limits")
        or any(map(_GPU_KEYS.fullmatch, asked))
        or any(isinstance(kind, str) and (GPU_TYPE.match(kind) or kind in {"g", "p", "gr"}) for kind in kinds)
    )


def group_has_gpus(group: Resource) -> bool:
    """Tell whether a managed group has nodes with GPUs."""
    return "NVIDIA" in group.text("amiType") or any(map(GPU_TYPE.match, _types(group)))


def most_gpus(group: Resource) -> float:
    """Return how many GPUs a managed group has at its largest, with the type that has the most."""
    return (group.number("scalingConfig.maxSize") or 0) * max(map(gpus_of_type, _types(group)), default=0)


def gpus_of_type(kind: str) -> int:
    """Return how many GPUs an instance type has: p types all eight but the smallest, g types by their size."""
    if not GPU_TYPE.match(kind):
        return 0
    size = kind.partition(".")[2]
    if kind.startswith("p"):
        return 1 if size == SMALLEST_P_SIZE else 8
    return GPUS_BY_SIZE.get(size, 1)


def _types(group: Resource) -> list[str]:
    return [each for each in group.items("instanceTypes") if isinstance(each, str)]
