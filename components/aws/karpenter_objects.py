"""The two objects by which Karpenter knows a pool: what nodes may be bought, and how they start.

Subnets and groups are named by id: a selector by tag also finds those of other clusters.

Source: https://karpenter.sh/docs/concepts/nodepools, https://karpenter.sh/docs/concepts/nodeclasses
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

POOL_API, CLASS_API = "karpenter.sh/v1", "karpenter.k8s.aws/v1"
READY = {"pulumi.com/waitFor": "condition=Ready"}
FOREGROUND = {"pulumi.com/deletionPropagationPolicy": "foreground"}
"""A NodePool owns its NodeClaims: deleted so, it is gone only after their instances are."""


@dataclass(frozen=True, kw_only=True)
class NodePlace:
    """Where new nodes stand and who they are; ids may be outputs of a network that is made by the same update.

    Args:
        instance_profile: name of the profile that nodes carry.
        subnet_ids: private subnets.
        security_group_ids: groups of the nodes.
        zones: zone ids of those subnets.
        tags: on instances, volumes and templates.
    """

    instance_profile: Any
    subnet_ids: Sequence[Any]
    security_group_ids: Sequence[Any]
    zones: Sequence[str]
    tags: Mapping[str, str]


def node_class_spec(plan: Mapping[str, Any], place: NodePlace) -> dict[str, Any]:
    """Return the spec of an EC2NodeClass.

    Args:
        plan: the pool's, as `pool_plan` makes it.
        place: where its nodes stand.
    """
    return {
        **plan["node_class"],
        "instanceProfile": place.instance_profile,
        "subnetSelectorTerms": [{"id": subnet} for subnet in place.subnet_ids],
        "securityGroupSelectorTerms": [{"id": group} for group in place.security_group_ids],
        "tags": dict(place.tags),
    }


def node_pool_spec(plan: Mapping[str, Any], place: NodePlace, class_name: str) -> dict[str, Any]:
    """Return the spec of a NodePool.

    Args:
        plan: the pool's, as `pool_plan` makes it.
        place: where its nodes stand.
        class_name: of the EC2NodeClass by which they start.
    """
    zones = {"key": "topology.k8s.aws/zone-id", "operator": "In", "values": list(place.zones)}
    return {
        "limits": dict(plan["limits"]),
        "disruption": dict(plan["disruption"]),
        "template": {
            "metadata": {"labels": dict(plan["labels"])},
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": class_name},
                "requirements": [*plan["requirements"], zones],
                "taints": [dict(plan["taint"])],
                "expireAfter": plan["expire_after"],
                "terminationGracePeriod": plan["termination_grace_period"],
            },
        },
    }
