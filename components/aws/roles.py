"""One way to make a role: in our path, with our boundary, its policies beside it and never inside it.

`inline_policies` and `managed_policy_arns` of a role fight with attachments, so neither is used.
"""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_aws import iam

from components.aws.aws_site import Site


def role(
    name: str,
    *,
    site: Site,
    trust: str,
    parent: pulumi.Resource,
    max_session_seconds: int | None = None,
    bounded: bool = True,
) -> iam.Role:
    """Make a role.

    Args:
        name: logical name; the physical one follows from it, so that documents can name the role beforehand.
        site: gives path, boundary and tags.
        trust: JSON of who may assume it.
        parent: the component that owns it.
        max_session_seconds: one hour by default.
        bounded: carry the boundary; only the roles that make the others do not.
    """
    return iam.Role(
        name,
        name=site.role_name(name),
        path=site.role_path,
        permissions_boundary=site.boundary_arn if bounded else None,
        assume_role_policy=trust,
        max_session_duration=max_session_seconds,
        tags=site.tags.named(name),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def attach(
    owner: iam.Role,
    name: str,
    *,
    site: Site,
    aws_policies: Sequence[str] = (),
    documents: Mapping[str, pulumi.Input[str]] | None = None,
) -> list[pulumi.Resource]:
    """Give a role its policies and return what others must wait for.

    Args:
        owner: the role; the policies become children of its component.
        name: the role's logical name.
        site: gives the partition of AWS's own policies.
        aws_policies: names of policies that AWS maintains, such as `AmazonEKSClusterPolicy`.
        documents: role of the policy → its JSON.
    """
    options = pulumi.ResourceOptions(parent=owner)
    attachments: list[pulumi.Resource] = [
        iam.RolePolicyAttachment(
            f"{name}-{policy.rpartition('/')[2]}", role=owner.name, policy_arn=site.aws_policy_arn(policy), opts=options
        )
        for policy in aws_policies
    ]
    policies: list[pulumi.Resource] = [
        iam.RolePolicy(f"{name}-{key}", role=owner.name, policy=text, opts=options)
        for key, text in (documents or {}).items()
    ]
    return attachments + policies
