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


def node_class_document(name: str, plan: Mapping[str, Any], place: NodePlace) -> dict[str, Any]:
    """Return an EC2NodeClass.

    Args:
        name: the pool's.
        plan: the pool's, as `pool_plan` makes it.
        place: where its nodes stand.
    """
    spec = {
        **plan["node_class"],
        "instanceProfile": place.instance_profile,
        "subnetSelectorTerms": [{"id": subnet} for subnet in place.subnet_ids],
        "securityGroupSelectorTerms": [{"id": group} for group in place.security_group_ids],
        "tags": dict(place.tags),
    }
    return {"apiVersion": CLASS_API, "kind": "EC2NodeClass", "metadata": _metadata(name, READY), "spec": spec}


def node_pool_document(name: str, plan: Mapping[str, Any], place: NodePlace) -> dict[str, Any]:
    """Return a NodePool, whose nodes start by the EC2NodeClass of the same name.

    Args:
        name: the pool's.
        plan: as `pool_plan` makes it.
        place: where its nodes stand.
    """
    zones = {"key": "topology.k8s.aws/zone-id", "operator": "In", "values": list(place.zones)}
    spec = {
        "limits": dict(plan["limits"]),
        "disruption": dict(plan["disruption"]),
        "template": {
            "metadata": {"labels": dict(plan["labels"])},
            "spec": {
                "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": name},
                "requirements": [*plan["requirements"], zones],
                "taints": [dict(plan["taint"])],
                "expireAfter": plan["expire_after"],
                "terminationGracePeriod": plan["termination_grace_period"],
            },
        },
    }
    annotations = {**READY, **FOREGROUND}
    return {"apiVersion": POOL_API, "kind": "NodePool", "metadata": _metadata(name, annotations), "spec": spec}


def _metadata(name: str, annotations: Mapping[str, str]) -> dict[str, Any]:
    return {"name": name, "labels": {"app.kubernetes.io/part-of": "slipway"}, "annotations": dict(annotations)}
