"""What Karpenter's controller may do, statement by statement.

Instance profiles are ours and fixed, so the statements that create, tag and delete them are left out.
Source: karpenter-provider-aws 1.14.1, CloudFormation template and reference/threat-model.
"""

import json
from dataclasses import dataclass

from components.aws.aws_site import Site
from components.aws.iam_document import Conditions, Statement, allow, deny, document, for_anyone, for_principal

NODE_POOL_TAG = "karpenter.sh/nodepool"
_MADE = ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
_OF_AWS = ("image", "snapshot")


@dataclass(frozen=True, kw_only=True)
class KarpenterScope:
    """The names that bound the controller: all known before anything exists."""

    site: Site
    cluster_name: str
    node_role_arn: str
    instance_profile: str
    queue_arn: str


def karpenter_policy(scope: KarpenterScope) -> list[Statement]:
    """Return the statements of the controller's policy."""
    for_spot = {"StringEquals": {"iam:AWSServiceName": "spot.amazonaws.com"}}
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    return [
        *_launch_statements(scope),
        *_own_statements(scope),
        *_read_statements(scope),
        allow("Interruptions", ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"], scope.queue_arn),
        # EC2 makes its role for spot on behalf of whoever first asks for spot in an account.
        allow("SpotRole", ["iam:CreateServiceLinkedRole"], _spot_role_arn(scope), for_spot),
        allow("PassNodeRole", ["iam:PassRole"], scope.node_role_arn, to_ec2),
        allow("ReadInstanceProfile", ["iam:GetInstanceProfile"], _profile_arn(scope)),
        allow("Cluster", ["eks:DescribeCluster"], scope.site.arn("eks", f"cluster/{scope.cluster_name}")),
    ]


def interruption_queue_policy(queue_arn: str) -> str:
    """Let EventBridge write to the queue, and nobody without TLS."""
    secure = {"Bool": {"aws:SecureTransport": "false"}}
    write = allow("Events", ["sqs:SendMessage"], queue_arn)
    return document(
        [
            for_principal(write, "Service", "events.amazonaws.com", "sqs.amazonaws.com"),
            for_anyone(deny("DenyPlainHttp", ["sqs:*"], queue_arn, secure)),
        ]
    )


INTERRUPTIONS: dict[str, tuple[str, str]] = {
    "health": ("aws.health", "AWS Health Event"),
    "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "state-change": ("aws.ec2", "EC2 Instance State-change Notification"),
    "reservation": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
}
"""Role of the rule → source and detail type of the event."""


def event_pattern(source: str, detail_type: str) -> str:
    """Return the pattern of an EventBridge rule."""
    return json.dumps({"detail-type": [detail_type], "source": [source]}, sort_keys=True)


def _launch_statements(scope: KarpenterScope) -> list[Statement]:
    launch = ["ec2:CreateFleet", "ec2:RunInstances"]
    shared = ("capacity-reservation", "image", "placement-group", "security-group", "snapshot", "subnet")
    made = [_ec2(scope, kind) for kind in _MADE]
    asked: Conditions = {
        "StringEquals": {
            f"aws:RequestTag/{_owned(scope)}": "owned",
            "aws:RequestTag/eks:eks-cluster-name": scope.cluster_name,
        },
        "StringLike": {f"aws:RequestTag/{NODE_POOL_TAG}": "*"},
    }
    while_creating = {"ec2:CreateAction": ["CreateFleet", "CreateLaunchTemplate", "RunInstances"]}
    tagging: Conditions = {**asked, "StringEquals": {**asked["StringEquals"], **while_creating}}
    return [
        allow("LaunchFrom", launch, [_ec2(scope, kind) for kind in shared]),
        allow("LaunchFromTemplate", launch, _ec2(scope, "launch-template"), _own(scope)),
        allow("Create", [*launch, "ec2:CreateLaunchTemplate"], made, asked),
        allow("TagWhatIsCreated", ["ec2:CreateTags"], made, tagging),
    ]


def _own_statements(scope: KarpenterScope) -> list[Statement]:
    instances, templates = _ec2(scope, "instance"), _ec2(scope, "launch-template")
    # ForAllValues alone is true when no tag is named at all; the Null condition closes that.
    names: Conditions = {
        "ForAllValues:StringEquals": {"aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"]},
        "Null": {"aws:TagKeys": "false"},
    }
    return [
        allow("TagInstances", ["ec2:CreateTags"], instances, {**_own(scope), **names}),
        allow("Terminate", ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"], [instances, templates], _own(scope)),
    ]


def _read_statements(scope: KarpenterScope) -> list[Statement]:
    here = {"StringEquals": {"aws:RequestedRegion": scope.site.region}}
    describe = [
        "ec2:DescribeCapacityReservations", "ec2:DescribeImages", "ec2:DescribeInstanceStatus", "ec2:DescribeInstances",
        "ec2:DescribeInstanceTypeOfferings", "ec2:DescribeInstanceTypes", "ec2:DescribeLaunchTemplates",
        "ec2:DescribePlacementGroups", "ec2:DescribeSecurityGroups", "ec2:DescribeSpotPriceHistory",
        "ec2:DescribeSubnets",
    ]  # fmt: skip
    parameters = f"arn:{scope.site.partition}:ssm:{scope.site.region}::parameter/aws/service/*"
    return [
        allow("Describe", describe, "*", here),
        allow("NodeImages", ["ssm:GetParameter"], parameters),
        # Neither the price list nor the list of profiles has a resource to name.
        allow("Prices", ["pricing:GetProducts"], "*"),
        allow("ListInstanceProfiles", ["iam:ListInstanceProfiles"], "*"),
    ]


def _ec2(scope: KarpenterScope, kind: str) -> str:
    account = "" if kind in _OF_AWS else "*"
    return f"arn:{scope.site.partition}:ec2:{scope.site.region}:{account}:{kind}/*"


def _own(scope: KarpenterScope) -> Conditions:
    return {
        "StringEquals": {f"aws:ResourceTag/{_owned(scope)}": "owned"},
        "StringLike": {f"aws:ResourceTag/{NODE_POOL_TAG}": "*"},
    }


def _owned(scope: KarpenterScope) -> str:
    return f"kubernetes.io/cluster/{scope.cluster_name}"


def _spot_role_arn(scope: KarpenterScope) -> str:
    return scope.site.global_arn("iam", "role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot")


def _profile_arn(scope: KarpenterScope) -> str:
    return scope.site.global_arn("iam", f"instance-profile{scope.site.role_path}{scope.instance_profile}")
