"""One way to let pods act in AWS: a role for one service account of one cluster, given to it by EKS Pod Identity."""

from dataclasses import dataclass

import pulumi
from pulumi_aws import eks, iam

from components.aws.aws_site import Site
from components.aws.roles import attach, role
from components.aws.trust_policy import pod_identity_trust


@dataclass(frozen=True, kw_only=True)
class ServiceAccount:
    """Whose pods these are.

    Args:
        cluster: physical name of the cluster, known before it exists; the role trusts no other.
        cluster_name: the same, from the cluster itself where this stack makes it.
        namespace: of the service account.
        name: of the service account.
    """

    cluster: str
    cluster_name: pulumi.Input[str]
    namespace: str
    name: str


def pod_role(
    name: str, *, site: Site, account: ServiceAccount, policy: pulumi.Input[str], parent: pulumi.Resource
) -> iam.Role:
    """Make a role with one policy and give it to a service account.

    Args:
        name: logical name of the role; the others follow from it.
        site: gives path, boundary and tags.
        account: who gets the role.
        policy: JSON of what the role may.
        parent: the component that owns it.

    Produces:
        Role, its policy, pod identity association.
    """
    cluster_arn = site.arn("eks", f"cluster/{account.cluster}")
    trust = pod_identity_trust(account_id=site.account_id, cluster_arn=cluster_arn)
    owner = role(name, site=site, trust=trust, parent=parent)
    policies = attach(owner, name, site=site, documents={"policy": policy})
    eks.PodIdentityAssociation(
        f"{name}-identity",
        cluster_name=account.cluster_name,
        namespace=account.namespace,
        service_account=account.name,
        role_arn=owner.arn,
        tags=site.tags.named(f"{name}-identity"),
        # A pod that starts before its policy exists fails its first calls; controllers then back off for minutes.
        opts=pulumi.ResourceOptions(parent=parent, depends_on=policies),
    )
    return owner
