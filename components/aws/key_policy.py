"""Who may use a key: this account's IAM decides, and the AWS services that are named.

A service that is not named here cannot use the key, whatever IAM says; alarms to a topic then vanish silently.
"""

from collections.abc import Iterable, Sequence

from components.aws.iam_document import Conditions, Statement, allow, for_principal

ADMINISTRATION = (
    "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:CreateGrant", "kms:DeleteAlias", "kms:DescribeKey",
    "kms:DisableKey", "kms:EnableKey", "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus",
    "kms:ListAliases", "kms:ListGrants", "kms:ListKeyPolicies", "kms:ListResourceTags", "kms:PutKeyPolicy",
    "kms:RetireGrant", "kms:RevokeGrant", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
    "kms:UpdateAlias", "kms:UpdateKeyDescription",
)  # fmt: skip
USE = ("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom",
       "kms:ReEncryptTo")  # fmt: skip


def account_statement(partition: str, account_id: str) -> Statement:
    """Let this account's IAM policies decide about the key; without it nobody could ever change the policy."""
    root = f"arn:{partition}:iam::{account_id}:root"
    return for_principal(allow("AccountDecides", [*ADMINISTRATION, *USE], "*"), "AWS", root)


def log_statement(region: str, log_group_arns: Sequence[str]) -> Statement:
    """Let CloudWatch Logs encrypt these groups and no others."""
    conditions: Conditions = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": sorted(log_group_arns)}}
    actions = [*USE, "kms:DescribeKey"]
    return for_principal(allow("LogGroups", actions, "*", conditions), "Service", f"logs.{region}.amazonaws.com")


def publisher_statement(services: Iterable[str], account_id: str) -> Statement:
    """Let services publish to encrypted topics, each only on behalf of this account."""
    conditions = {"StringEquals": {"aws:SourceAccount": account_id}}
    actions = ["kms:Decrypt", "kms:GenerateDataKey"]
    return for_principal(allow("Publishers", actions, "*", conditions), "Service", *services)
