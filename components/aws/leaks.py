"""What a destroyed stack left behind, asked of AWS; empty is the only good answer.

Buckets, keys and repositories that a production stack keeps on purpose are in the list too: they carry its tag.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import boto3
import jmespath

from components.aws.aws_site import STACK_TAG

KEY = ":key/"
"""A key that was deleted stays for its waiting time; it costs nothing and cannot be taken back by us."""
LINGERING = {
    ":instance/": ("describe_instances", "Reservations[].Instances[?State.Name != 'terminated'][].InstanceId"),
    ":natgateway/": ("describe_nat_gateways", "NatGateways[?State != 'deleted'].NatGatewayId"),
    ":vpc-endpoint/": ("describe_vpc_endpoints", "VpcEndpoints[?State != 'deleted'].VpcEndpointId"),
}
"""Part of an ARN → which of them still stand: their tags can be found for an hour after they are gone."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where to look.

    Args:
        stack: the stack's name, which is its tag.
        cluster: physical name of its cluster.
    """

    stack: str
    cluster: str

    @property
    def log_groups(self) -> str:
        """How the names of the cluster's log groups begin."""
        return f"/aws/eks/{self.cluster}/"


class Ask(Protocol):
    """Asks AWS one question and returns every item of every page."""

    def __call__(self, service: str, operation: str, items: str, /, **arguments: Any) -> list[Any]:  # noqa: ANN401
        """Ask.

        Args:
            service: such as `ec2`.
            operation: method of the boto3 client.
            items: JMESPath of the wanted items of an answer.
            arguments: of the operation.
        """


def account(region: str, connect: Callable[..., Any] = boto3.client) -> Ask:
    """Return how the account of the credentials is asked.

    Args:
        region: where to look.
        connect: makes a client of a service.
    """

    def ask(service: str, operation: str, items: str, /, **arguments: Any) -> list[Any]:  # noqa: ANN401
        client = connect(service, region)
        if client.can_paginate(operation):
            return list(client.get_paginator(operation).paginate(**arguments).search(items))
        return list(jmespath.search(items, getattr(client, operation)(**arguments)))

    return ask


def leaks(place: Place, ask: Ask) -> Iterator[str]:
    """Yield one line for each thing that is still there."""
    tag = f"{STACK_TAG}={place.stack}"
    standing = cache(lambda question: frozenset(ask("ec2", *question)))
    yield from (f"{arn} carries the tag {tag}" for arn in _tagged(place, ask) if not _is_gone(arn, ask, standing))
    yield from (f"{each} is an instance that Karpenter made" for each in _instances(place, ask))
    yield from (f"{each} is a log group of the cluster" for each in cluster_log_groups(place, ask))
    yield from (f"{each} is a snapshot with the tag {tag}" for each in _snapshots(place, ask))
    for network in _networks(place, ask):
        inside = [{"Name": "vpc-id", "Values": [network]}]
        yield from (
            f"{each} is a network interface in {network}"
            for each in ask(
                "ec2", "describe_network_interfaces", "NetworkInterfaces[].NetworkInterfaceId", Filters=inside
            )
        )


def cluster_log_groups(place: Place, ask: Ask) -> list[str]:
    """Return the log groups of the cluster: EKS writes once more after the delete and may make one again."""
    found = ask("logs", "describe_log_groups", "logGroups[].logGroupName", logGroupNamePrefix=place.log_groups)
    return sorted(found)


def sweep(place: Place, ask: Ask, region: str) -> list[str]:
    """Delete the log groups that EKS made again after its cluster was gone, and return their names."""
    groups = cluster_log_groups(place, ask)
    for group in groups:
        boto3.client("logs", region_name=region).delete_log_group(logGroupName=group)
    return groups


def _tagged(place: Place, ask: Ask) -> list[str]:
    filters = [{"Key": STACK_TAG, "Values": [place.stack]}]
    items = "ResourceTagMappingList[].ResourceARN"
    return sorted(set(ask("resourcegroupstaggingapi", "get_resources", items, TagFilters=filters)))


def _is_gone(arn: str, ask: Ask, standing: Callable[[tuple[str, str]], frozenset[str]]) -> bool:
    if KEY in arn:
        return ask("kms", "describe_key", "[KeyMetadata.KeyState]", KeyId=arn) == ["PendingDeletion"]
    question = next((question for part, question in LINGERING.items() if part in arn), None)
    return question is not None and arn.rpartition("/")[2] not in standing(question)


def _instances(place: Place, ask: Ask) -> list[str]:
    filters = [
        {"Name": "tag-key", "Values": ["karpenter.sh/nodepool"]},
        {"Name": "tag:eks:eks-cluster-name", "Values": [place.cluster]},
        {"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down", "stopping", "stopped"]},
    ]
    return ask("ec2", "describe_instances", "Reservations[].Instances[].InstanceId", Filters=filters)


def _snapshots(place: Place, ask: Ask) -> list[str]:
    return ask("ec2", "describe_snapshots", "Snapshots[].SnapshotId", OwnerIds=["self"], Filters=_of_stack(place))


def _networks(place: Place, ask: Ask) -> list[str]:
    return ask("ec2", "describe_vpcs", "Vpcs[].VpcId", Filters=_of_stack(place))


def _of_stack(place: Place) -> list[dict[str, Any]]:
    return [{"Name": f"tag:{STACK_TAG}", "Values": [place.stack]}]
