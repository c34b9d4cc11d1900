"""What a destroyed stack left behind, asked of AWS through its own command line; empty is the only good answer.

Run it as ``python -m components.aws.leaks --stack dev --cluster slipway-dev-4f2a``: exit 0 and silence, or exit 1 and a
list. Buckets, keys and repositories that a production stack keeps on purpose are in the list too: they carry its tag.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from components.aws.aws_site import STACK_TAG

PENDING_DELETION = ":key/"
"""A key that was deleted stays for its waiting time; it costs nothing and cannot be taken back by us."""

Ask = Callable[[Sequence[str]], dict[str, Any]]


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where to look.

    Args:
        stack: the stack's name, which is its tag.
        cluster: physical name of its cluster.
        vpc_id: its network, when it is known; network interfaces carry no tag of ours.
    """

    stack: str
    cluster: str
    vpc_id: str | None = None


def leaks(place: Place, ask: Ask) -> Iterator[str]:
    """Yield one line for each thing that is still there.

    Args:
        place: where to look.
        ask: runs one AWS command, without `aws` and output options, and returns its answer.
    """
    for arn in _tagged(place, ask):
        if PENDING_DELETION not in arn or not _is_deleted(arn, ask):
            yield f"{arn} carries the tag {STACK_TAG}={place.stack}"
    for instance in _instances(place, ask):
        yield f"{instance} is an instance that Karpenter made"
    for group in _log_groups(place, ask):
        yield f"{group} is a log group of the cluster"
    for snapshot in _snapshots(place, ask):
        yield f"{snapshot} is a snapshot with the tag {STACK_TAG}={place.stack}"
    if place.vpc_id is not None:
        for interface in _interfaces(place.vpc_id, ask):
            yield f"{interface} is a network interface in {place.vpc_id}"


def _tagged(place: Place, ask: Ask) -> list[str]:
    answer = ask(
        ["resourcegroupstaggingapi", "get-resources", "--tag-filters", f"Key={STACK_TAG},Values={place.stack}"]
    )
    return sorted(found["ResourceARN"] for found in answer["ResourceTagMappingList"])


def _is_deleted(key_arn: str, ask: Ask) -> bool:
    answer = ask(["kms", "describe-key", "--key-id", key_arn])
    return bool(answer["KeyMetadata"]["KeyState"] == "PendingDeletion")


def _instances(place: Place, ask: Ask) -> list[str]:
    filters = [
        "Name=tag-key,Values=karpenter.sh/nodepool",
        f"Name=tag:eks:eks-cluster-name,Values={place.cluster}",
        "Name=instance-state-name,Values=pending,running,shutting-down,stopping,stopped",
    ]
    answer = ask(["ec2", "describe-instances", "--filters", *filters])
    return [instance["InstanceId"] for group in answer["Reservations"] for instance in group["Instances"]]


def _log_groups(place: Place, ask: Ask) -> list[str]:
    answer = ask(["logs", "describe-log-groups", "--log-group-name-prefix", f"/aws/eks/{place.cluster}/"])
    return [group["logGroupName"] for group in answer["logGroups"]]


def _snapshots(place: Place, ask: Ask) -> list[str]:
    filters = f"Name=tag:{STACK_TAG},Values={place.stack}"
    answer = ask(["ec2", "describe-snapshots", "--owner-ids", "self", "--filters", filters])
    return [snapshot["SnapshotId"] for snapshot in answer["Snapshots"]]


def _interfaces(vpc_id: str, ask: Ask) -> list[str]:
    answer = ask(["ec2", "describe-network-interfaces", "--filters", f"Name=vpc-id,Values={vpc_id}"])
    return [interface["NetworkInterfaceId"] for interface in answer["NetworkInterfaces"]]


def _aws(region: str) -> Ask:
    def ask(command: Sequence[str]) -> dict[str, Any]:
        full = ["aws", *command, "--region", region, "--output", "json"]
        finished = subprocess.run(full, capture_output=True, text=True, check=False)
        if finished.returncode:
            raise SystemExit(f"aws {' '.join(command[:2])} failed: {finished.stderr.strip()}")
        answer: dict[str, Any] = json.loads(finished.stdout)
        return answer

    return ask


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, print what is left, and return 1 when anything is."""
    parser = argparse.ArgumentParser(prog="python -m components.aws.leaks", description="What a destroyed stack left.")
    parser.add_argument("--stack", required=True, help="name of the destroyed stack")
    parser.add_argument("--cluster", required=True, help="physical name of its cluster, such as slipway-dev-4f2a")
    parser.add_argument("--vpc", help="id of its network, to find interfaces that AWS released late")
    parser.add_argument("--region", default="us-east-1")
    chosen = parser.parse_args(arguments)
    place = Place(stack=chosen.stack, cluster=chosen.cluster, vpc_id=chosen.vpc)
    found = list(leaks(place, _aws(chosen.region)))
    for line in found:
        sys.stdout.write(f"{line}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
