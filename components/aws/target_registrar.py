"""The identity of the load balancer controller, which here only registers pods: two verbs on our target groups."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.aws.aws_site import Site
from components.aws.cluster import Cluster
from components.aws.iam_document import allow, document
from components.aws.load_balancer_values import NAMESPACE, RELEASE
from components.aws.pod_identity import pod_role

_LOOK = (
    "ec2:DescribeAvailabilityZones", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
    "elasticloadbalancing:DescribeTargetGroups", "elasticloadbalancing:DescribeTargetHealth",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class TargetRegistrarArgs:
    """Which target groups, on which cluster."""

    site: Site
    cluster: Cluster
    target_group_arns: Sequence[pulumi.Input[str]]


class TargetRegistrar(pulumi.ComponentResource):
    """A role for the controller's service account.

    Produces:
        Role, its policy, pod identity association.
    """

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: TargetRegistrarArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the role, then give it to the controller."""
        super().__init__("slipway:aws:TargetRegistrar", name, None, opts)
        site, cluster = args.site, args.cluster
        policy = pulumi.Output.all(*args.target_group_arns).apply(lambda arns: registrar_policy(arns, site.region))
        account = cluster.service_account(NAMESPACE, RELEASE)
        self.role_arn = pod_role(name, site=site, account=account, policy=policy, parent=self).arn
        self.register_outputs({"role_arn": self.role_arn})


def registrar_policy(target_group_arns: Sequence[str], region: str) -> str:
    """Return what the controller may do: register and deregister targets of these groups, and look."""
    register = ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
    here = {"StringEquals": {"aws:RequestedRegion": region}}
    return document([allow("Register", register, sorted(target_group_arns)), allow("Look", _LOOK, "*", here)])
