"""How a rule reads a pool of nodes that Karpenter makes: what it asks of instances, and whether they have GPUs."""

import re

from mechanics.facts import Resource, Value
from mechanics.pods import GPU

POOL_LABEL = "slipway.dev/pool"
CAPACITY = "karpenter.sh/capacity-type"

# https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html: g, gr and p have NVIDIA GPUs.
GPU_TYPE = re.compile(r"(p|g|gr)\d\w*")
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
