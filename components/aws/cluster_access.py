"""Who may enter the cluster: roles only, each by an access entry, never by being its creator."""

from dataclasses import dataclass
from typing import Literal

import pulumi
from pulumi_aws import eks

from components.aws.aws_site import Site
from components.aws.cluster_spec import ClusterSpec

ADMIN = "AmazonEKSClusterAdminPolicy"
VIEWER = "AmazonEKSAdminViewPolicy"
EDITOR = "AmazonEKSEditPolicy"


@dataclass(frozen=True, kw_only=True)
class ClusterAccessArgs:
    """Which cluster, and which roles its spec names."""

    site: Site
    cluster: eks.Cluster
    spec: ClusterSpec


class ClusterAccess(pulumi.ComponentResource):
    """Access entries with their policies.

    Produces:
        One access entry and one policy association per role.
    """

    def __init__(self, name: str, args: ClusterAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Admit admins and viewers to the cluster, editors to their namespaces."""
        super().__init__("slipway:aws:ClusterAccess", name, None, opts)
        self._name, self._args = name, args
        for arn in args.spec.admins:
            self._admit(arn, ADMIN)
        for arn in args.spec.viewers:
            self._admit(arn, VIEWER)
        for editor in args.spec.editors:
            self._admit(editor.role_arn, EDITOR, editor.namespaces)
        self.register_outputs({})

    def _admit(self, role_arn: str, policy: str, namespaces: tuple[str, ...] = ()) -> None:
        site = self._args.site
        name = f"{self._name}-{role_arn.partition(':role/')[2].replace('/', '-')}"
        entry = eks.AccessEntry(
            name,
            cluster_name=self._args.cluster.name,
            principal_arn=role_arn,
            tags=site.tags.named(name),
            opts=pulumi.ResourceOptions(parent=self),
        )
        scope: Literal["cluster", "namespace"] = "namespace" if namespaces else "cluster"
        eks.AccessPolicyAssociation(
            f"{name}-policy",
            cluster_name=self._args.cluster.name,
            principal_arn=entry.principal_arn,
            policy_arn=f"arn:{site.partition}:eks::aws:cluster-access-policy/{policy}",
            access_scope={"type": scope, "namespaces": list(namespaces)} if namespaces else {"type": scope},
            opts=pulumi.ResourceOptions(parent=self),
        )
