"""The role of nodes: join the cluster and pull images, nothing else. The network add-on has a role of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import iam

from components.aws.aws_site import Site
from components.aws.iam_document import allow, document
from components.aws.roles import attach, role
from components.aws.trust_policy import service_trust

POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")


@dataclass(frozen=True, kw_only=True)
class NodeRoleArgs:
    """Whose nodes, and which prefixes of our registry fill themselves on the first pull."""

    site: Site
    cache_prefixes: Sequence[str] = ()


class NodeRole(pulumi.ComponentResource):
    """A role and the instance profile that carries it.

    Produces:
        Role, attachments of two policies of AWS's own, a policy for pull-through prefixes, instance profile.
    """

    role_arn: pulumi.Output[str]
    instance_profile_name: pulumi.Output[str]
    policies: list[pulumi.Resource]

    def __init__(self, name: str, args: NodeRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the role, its policies and its profile."""
        super().__init__("slipway:aws:NodeRole", name, None, opts)
        site = args.site
        node = role(name, site=site, trust=service_trust("ec2.amazonaws.com"), parent=self)
        documents = {"image-cache": cache_fill_policy(site, args.cache_prefixes)} if args.cache_prefixes else {}
        self.policies = attach(node, name, site=site, aws_policies=POLICIES, documents=documents)
        profile = iam.InstanceProfile(
            f"{name}-profile",
            name=site.role_name(name),
            path=site.role_path,
            role=node.name,
            tags=site.tags.named(f"{name}-profile"),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.role_arn, self.instance_profile_name = node.arn, profile.name
        self.register_outputs({"role_arn": self.role_arn, "instance_profile_name": self.instance_profile_name})


def cache_fill_policy(site: Site, prefixes: Sequence[str]) -> str:
    """Let a node's first pull through a cache prefix create the repository and fetch the image."""
    repositories = [site.arn("ecr", f"repository/{prefix}/*") for prefix in sorted(prefixes)]
    return document([allow("FillCache", ["ecr:BatchImportUpstreamImage", "ecr:CreateRepository"], repositories)])
