"""What CI may do: look at everything but secrets and model data, or change one environment inside its boundary.

An environment is fenced off by the tag that every resource carries. Buckets and the state's objects are told apart by
name, because S3 compares no tags unless a bucket is told to: a stack is named as its environment, or begins so.
"""

from dataclasses import dataclass

from components.aws.aws_site import ENVIRONMENT_TAG, GLOBAL_REGION, Site
from components.aws.deploy_services import BUCKETS, CHAT, CHAT_REGIONS, LINKED, PASSED_TO, SERVICES, actions
from components.aws.iam_document import Conditions, Statement, allow, deny, elsewhere

PROJECT = "slipway"
"""Pulumi's name of the project, which is part of where its state lies."""
_KEEP_KEYS = (
    "kms:CreateGrant", "kms:Delete*", "kms:Disable*", "kms:Put*", "kms:ScheduleKeyDeletion", "kms:TagResource",
    "kms:UntagResource", "kms:Update*",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StatePlace:
    """The bucket of the state, its key, and the keys of the secrets in it, as ARNs."""

    bucket_arn: str
    bucket_key_arn: str
    secret_key_arns: tuple[str, ...]

    @property
    def key_arns(self) -> list[str]:
        """Every key that opens something here."""
        return [self.bucket_key_arn, *self.secret_key_arns]


def plan_statements(site: Site, state: StatePlace) -> list[Statement]:
    """Return what the read-only role may do beside AWS's ReadOnlyAccess: read the state, hold its lock."""
    return [
        allow("ReadState", ["s3:GetObject", "s3:ListBucket"], [state.bucket_arn, f"{state.bucket_arn}/.pulumi/*"]),
        allow("OpenState", ["kms:Decrypt"], state.key_arns),
        allow("HoldLock", ["s3:DeleteObject", "s3:PutObject"], f"{state.bucket_arn}/.pulumi/locks/*"),
        # A lock is an object like any other, and the bucket encrypts what is put into it.
        allow("EncryptLock", ["kms:GenerateDataKey"], state.bucket_key_arn),
        deny("NoSecrets", ["secretsmanager:GetSecretValue"], "*"),
        deny("NoModelData", ["s3:GetObject"], site.bucket_arn("slipway-*/models/*")),
    ]


def apply_statements(
    site: Site, environment: str, state: StatePlace, regions: tuple[str, ...] = ()
) -> dict[str, list[Statement]]:
    """Return what the role of one environment may do, as one document per component.

    Args:
        site: the foundation's.
        environment: what the role changes.
        state: where the state lies.
        regions: where the environment may stand, beside the foundation's region.
    """
    here: Conditions = {"StringEquals": {"aws:RequestedRegion": sorted({site.region, GLOBAL_REGION, *regions})}}
    chat: Conditions = {"StringEquals": {"aws:RequestedRegion": list(CHAT_REGIONS)}}
    documents = {part: [allow(part.capitalize(), actions(services), "*", here)] for part, services in SERVICES.items()}
    documents["data"].append(allow("Buckets", actions(BUCKETS), site.bucket_arn(f"slipway-{environment}-*"), here))
    documents["alerts"].append(allow("Chat", actions(CHAT), "*", chat))
    documents["identity"] = _identity_statements(site, environment)
    documents["state"] = _state_statements(environment, state)
    return documents


def _identity_statements(site: Site, environment: str) -> list[Statement]:
    roles = site.global_arn("iam", f"role/slipway/{environment}/*")
    profiles = site.global_arn("iam", f"instance-profile/slipway/{environment}/*")
    bounded = {"StringEquals": {"iam:PermissionsBoundary": site.boundary_arn}}
    make = ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"]
    change = [
        "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:TagRole", "iam:UntagRole",
        "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
    ]  # fmt: skip
    profile = [
        "iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile",
        "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile", "iam:UntagInstanceProfile",
    ]  # fmt: skip
    read = ["iam:GetInstanceProfile", "iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:ListRoleTags"]  # fmt: skip
    linked = {"StringEquals": {"iam:AWSServiceName": list(LINKED)}}
    return [
        allow("MakeBoundedRoles", make, roles, bounded),
        allow("ChangeRoles", change, roles),
        allow("Profiles", profile, profiles),
        allow("Look", read, [roles, profiles]),
        allow("PassRoles", ["iam:PassRole"], roles, {"StringEquals": {"iam:PassedToService": list(PASSED_TO)}}),
        allow("LinkedRoles", ["iam:CreateServiceLinkedRole"], "*", linked),
        *_own_limits(site, environment),
    ]


def _own_limits(site: Site, environment: str) -> list[Statement]:
    providers = [f"iam:{verb}OpenIDConnectProvider*" for verb in ("AddClientIDTo", "Create", "Delete", "Update")]
    versions = ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"]
    # The boundary reads the role's tag, so a role must not carry another environment's.
    disguise = _of_another("aws:RequestTag", environment)
    return [
        deny("KeepProviders", providers, "*"),
        deny("KeepBoundary", versions, site.boundary_arn),
        deny("KeepBoundaries", ["iam:DeleteRolePermissionsBoundary"], "*"),
        deny("KeepNames", ["iam:CreateRole", "iam:TagRole"], "*", disguise),
        deny("NoOrganizations", ["organizations:*"], "*"),
    ]


def _state_statements(environment: str, state: StatePlace) -> list[Statement]:
    bucket = f"{state.bucket_arn}/.pulumi"
    own = [f"{bucket}/*/{PROJECT}/{environment}{end}" for end in ("-*", ".*", "/*")]
    return [
        allow("ReadState", ["s3:GetObject", "s3:ListBucket"], [state.bucket_arn, f"{bucket}/meta.yaml", *own]),
        allow("WriteState", ["s3:DeleteObject", "s3:PutObject"], own),
        allow("UseKeys", ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"], state.key_arns),
        deny("KeepState", ["s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy"], state.bucket_arn),
        deny("KeepKeys", _KEEP_KEYS, state.key_arns),
        # Its own keys are the foundation's; all else with another owner's tag is out of reach.
        elsewhere(deny("NeverOthers", ["*"], state.key_arns, _of_another("aws:ResourceTag", environment))),
    ]


def _of_another(tags: str, environment: str) -> Conditions:
    """Return the condition of a tag that is there and names another environment."""
    key = f"{tags}/{ENVIRONMENT_TAG}"
    return {"StringNotEquals": {key: environment}, "Null": {key: "false"}}
