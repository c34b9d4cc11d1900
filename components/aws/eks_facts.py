"""What is known of an EKS cluster by whoever puts something on it: by the cloud's own stack, or by another one.

Everything that configuration says is plain, so that a policy judges it before anything exists; only what AWS makes up
itself (ids, ARNs of balancers, the kubeconfig) may be an output.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import pulumi

from serving.errors import ConfigurationError

EXPORT = "eks"
"""The stack output that holds the plain part."""


@dataclass(frozen=True, kw_only=True)
class PlainFacts:
    """The part that configuration says.

    Args:
        account_id: of the cluster.
        region: of the cluster.
        environment: tag, and part of the path of roles.
        owner: tag.
        cost_centre: tag.
        protect: whether the cloud is production's.
        cluster_name: physical name.
        zones: zone ids of the private subnets, in the order of `ClusterFacts.subnet_ids`.
        plans: GPU pools, as `pool_plan` makes them.
        dedicated: the system nodes take nothing but controllers and DNS.
        isolated: the network has no way out but its endpoints.
        zonal_shift: EKS may shift away from a zone.
        registry: host of the registry.
        cache_prefix: where it caches public.ecr.aws; None when it does not.
        images: path of an upstream image → our copy, by digest.
        instance_profile: of the nodes that Karpenter buys; None without such pools.
        interruption_queue: the same.
        bucket: of the releases.
        doors: target groups that lead to Envoy, as `ClusterFacts.target_group_arns` names them.
        tags: of what Karpenter makes.
    """

    account_id: str
    region: str
    environment: str
    owner: str
    cost_centre: str
    protect: bool
    cluster_name: str
    zones: Sequence[str]
    plans: Mapping[str, Mapping[str, Any]]
    dedicated: bool
    isolated: bool
    zonal_shift: bool
    registry: str
    cache_prefix: str | None
    images: Mapping[str, str]
    instance_profile: str | None
    interruption_queue: str | None
    bucket: str
    doors: Sequence[str]
    tags: Mapping[str, str]

    def exported(self) -> dict[str, Any]:
        """Return the facts as a stack output."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def karpenter_plans(self) -> dict[str, Mapping[str, Any]]:
        """The pools that Karpenter buys."""
        return {name: plan for name, plan in self.plans.items() if plan["kind"] == "karpenter"}


def plain_facts(exported: object, stack: str) -> PlainFacts:
    """Return the facts that another stack exported.

    Args:
        exported: the value of its output `eks`.
        stack: its name.

    Raises:
        ConfigurationError: That stack has no such output, or is from another version.
    """
    wanted = {field.name for field in fields(PlainFacts)}
    if not isinstance(exported, Mapping) or wanted - exported.keys():
        raise ConfigurationError(
            f"platform.cluster.stack is {stack}, whose outputs do not say what its cluster is; bring {stack} up with "
            "this version first, or enter the cluster by a kubeconfig."
        )
    return PlainFacts(**{name: exported[name] for name in wanted})


@dataclass(frozen=True, kw_only=True)
class ClusterFacts:
    """All of it.

    Args:
        plain: what configuration says.
        vpc_id: of the network.
        subnet_ids: private subnets, zone by zone.
        security_group_id: of the nodes.
        key_arn: of the key that releases are encrypted with.
        target_group_arns: door → target group; empty without an edge.
        origin_secret: what CloudFront sends; None where the cloud is not `guarded`.
    """

    plain: PlainFacts
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    key_arn: pulumi.Input[str]
    target_group_arns: Mapping[str, pulumi.Input[str]]
    origin_secret: pulumi.Input[str | None] = None
