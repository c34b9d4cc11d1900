"""What AWS demands before it makes, changes or deletes something, and moto does not: mostly order no output carries."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.support.aws_stand_in.row import Row
from tests.support.aws_stand_in.translate import StandInError

Properties = dict[str, Any]
Alive = Mapping[tuple[str, str], Properties]
"""What exists, by type token and id, with its outputs."""
Demand = Callable[[Properties, Alive], str | None]
"""Gives the reason for a refusal in the words of AWS, or None."""


def demand(row: Row, phase: str, properties: Properties, alive: Alive) -> None:
    """Refuse what AWS would refuse.

    Raises:
        StandInError: with the reason.
    """
    check = DEMANDS.get((row.token, phase))
    reason = check(properties, alive) if check else None
    if reason:
        raise StandInError(reason)


def _of(alive: Alive, token: str, **wanted: Any) -> list[Properties]:
    return [
        found
        for (kind, _), found in alive.items()
        if kind == token and all(found.get(name) == item for name, item in wanted.items())
    ]


def _nat_needs_the_internet(properties: Properties, alive: Alive) -> str | None:
    subnet = alive.get(("ec2/subnet:Subnet", properties.get("subnetId", "")), {})
    network = properties.get("vpcId") or subnet.get("vpcId")
    if properties.get("connectivityType") == "private" or _of(
        alive, "ec2/internetGateway:InternetGateway", vpcId=network
    ):
        return None
    return f"Gateway.NotAttached: Network {network} has no Internet gateway attached"


def _internet_stays_under_addresses(_: Properties, alive: Alive) -> str | None:
    if _of(alive, "ec2/natGateway:NatGateway"):
        return "DependencyViolation: the network has some mapped public address(es); delete its NAT gateways first"
    return None


def _nodes_need_a_network_plugin(properties: Properties, alive: Alive) -> str | None:
    cluster = properties["clusterName"]
    if _of(alive, "eks/addon:Addon", clusterName=cluster, addonName="vpc-cni"):
        return None
    return f"NodeCreationFailure: Instances failed to join {cluster}: container runtime network not ready, no CNI"


def _sizes_must_not_fall(properties: Properties, _: Alive) -> str | None:
    sizes = properties["scalingConfig"]
    if sizes["minSize"] <= sizes["desiredSize"] <= sizes["maxSize"]:
        return None
    return (
        f"InvalidParameterException: Minimum capacity {sizes['minSize']} can't be greater than desired size "
        f"{sizes['desiredSize']}, nor that greater than maximum capacity {sizes['maxSize']}"
    )


def _plugin_stays_under_nodes(properties: Properties, alive: Alive) -> str | None:
    nodes = _of(alive, "eks/nodeGroup:NodeGroup", clusterName=properties["clusterName"])
    if properties["addonName"] == "vpc-cni" and nodes:
        return "the CNI would go before its nodes and leave their network interfaces behind"
    return None


def _cluster_needs_its_log_group(properties: Properties, alive: Alive) -> str | None:
    group = f"/aws/eks/{properties['name']}/cluster"
    if not properties.get("enabledClusterLogTypes") or _of(alive, "cloudwatch/logGroup:LogGroup", name=group):
        return None
    return f"EKS would make {group} by itself, without retention, and leave it behind"


def _cluster_is_protected(properties: Properties, _: Alive) -> str | None:
    if properties.get("deletionProtection"):
        return (
            f"InvalidRequestException: Cannot delete the cluster {properties['name']} because deletion protection is "
            "enabled; turn it off in an update first"
        )
    return None


def _balancer_is_protected(properties: Properties, _: Alive) -> str | None:
    if properties.get("enableDeletionProtection"):
        return (
            f"OperationNotPermitted: Load balancer {properties['name']} cannot be deleted because deletion protection "
            "is enabled; turn it off in an update first"
        )
    return None


def _budget_needs_its_topic_policy(_: Properties, alive: Alive) -> str | None:
    """AWS Budgets checks at creation that it may publish."""
    topics = _of(alive, "sns/topic:Topic")
    allowed = {found["arn"] for found in _of(alive, "sns/topicPolicy:TopicPolicy")}
    refusing = [topic["arn"] for topic in topics if topic["arn"] not in allowed]
    return f"Budgets may not publish to {refusing[0]}: its topic has no policy yet" if refusing else None


DEMANDS: Mapping[tuple[str, str], Demand] = {
    ("ec2/natGateway:NatGateway", "create"): _nat_needs_the_internet,
    ("ec2/internetGateway:InternetGateway", "delete"): _internet_stays_under_addresses,
    ("eks/nodeGroup:NodeGroup", "create"): _nodes_need_a_network_plugin,
    ("eks/nodeGroup:NodeGroup", "update"): _sizes_must_not_fall,
    ("eks/addon:Addon", "delete"): _plugin_stays_under_nodes,
    ("eks/cluster:Cluster", "create"): _cluster_needs_its_log_group,
    ("eks/cluster:Cluster", "delete"): _cluster_is_protected,
    ("lb/loadBalancer:LoadBalancer", "delete"): _balancer_is_protected,
    ("budgets/budget:Budget", "create"): _budget_needs_its_topic_policy,
}
