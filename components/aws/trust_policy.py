"""Who may assume a role: AWS services, pods of one cluster, CI jobs of one repository."""

from collections.abc import Mapping, Sequence

from components.aws.iam_document import Statement, document

POD_IDENTITY = "pods.eks.amazonaws.com"


def service_trust(service: str, *, account_id: str | None = None) -> str:
    """Let one AWS service assume the role.

    Args:
        service: for example `eks.amazonaws.com`.
        account_id: when given, only for resources of this account. EC2 and EKS send no such claim.
    """
    conditions = {"StringEquals": {"aws:SourceAccount": account_id}} if account_id else {}
    return document([_trust({"Service": [service]}, ["sts:AssumeRole"], conditions)])


def pod_identity_trust(*, account_id: str, cluster_arn: str) -> str:
    """Let pods of one cluster assume the role, through EKS Pod Identity.

    Source:
        https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
    """
    conditions = {
        "StringEquals": {"aws:SourceAccount": account_id},
        "ArnEquals": {"aws:SourceArn": cluster_arn},
    }
    return document([_trust({"Service": [POD_IDENTITY]}, ["sts:AssumeRole", "sts:TagSession"], conditions)])


def oidc_trust(*, provider_arn: str, claims: Mapping[str, Sequence[str]]) -> str:
    """Let CI jobs whose token carries exactly these claims assume the role.

    Args:
        provider_arn: the identity provider.
        claims: condition key → accepted values, compared with StringEquals.
    """
    conditions = {"StringEquals": {key: sorted(values) for key, values in claims.items()}}
    return document([_trust({"Federated": [provider_arn]}, ["sts:AssumeRoleWithWebIdentity"], conditions)])


def _trust(
    principal: Mapping[str, list[str]],
    actions: list[str],
    conditions: Mapping[str, Mapping[str, str] | Mapping[str, list[str]]],
) -> Statement:
    statement: Statement = {"Effect": "Allow", "Principal": dict(principal), "Action": actions}
    if conditions:
        statement["Condition"] = {operator: dict(keys) for operator, keys in conditions.items()}
    return statement
