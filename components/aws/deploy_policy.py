"""What CI may do: look at everything but secrets and model data, or change one environment inside its boundary."""

from collections.abc import Iterable
from dataclasses import dataclass

from components.aws.aws_site import GLOBAL_REGION, Site
from components.aws.iam_document import Conditions, Statement, allow, deny

READ = ("Describe*", "Get*", "List*")
WRITE = ("Create*", "Delete*", "Put*", "Tag*", "Untag*", "Update*")
_MORE: dict[str, dict[str, tuple[str, ...]]] = {
    "network": {
        "ec2": ("Allocate*", "Associate*", "Attach*", "Authorize*", "Detach*", "Disassociate*", "Modify*", "Release*",
                "Replace*", "Revoke*", "RunInstances"),
    },
    "cluster": {"eks": ("Associate*", "Disassociate*"), "sqs": ("AddPermission", "Set*"), "events": ("Remove*",)},
    "data": {
        "ecr": ("BatchCheckLayerAvailability", "BatchGetImage", "CompleteLayerUpload", "InitiateLayerUpload", "Set*",
                "UploadLayerPart"),
        "kms": ("Decrypt", "Enable*", "Encrypt", "GenerateDataKey*", "ScheduleKeyDeletion"),
        "s3": (),
    },
    "edge": {
        "acm": ("AddTags*", "RequestCertificate"),
        "apigateway": ("DELETE", "GET", "PATCH", "POST", "PUT"),
        "cloudfront": (),
        "elasticloadbalancing": ("Add*", "Modify*", "Remove*", "Set*"),
        "route53": ("ChangeResourceRecordSets", "ChangeTagsForResource"),
        "wafv2": (),
    },
    "alerts": {
        "aps": (),
        "budgets": ("ModifyBudget", "ViewBudget"),
        "ce": (),
        "chatbot": (),
        "cloudwatch": (),
        "logs": ("Associate*",),
        "sns": ("Set*", "Subscribe", "Unsubscribe"),
    },
}  # fmt: skip
PASSED_TO = (
    "chatbot.amazonaws.com", "ec2.amazonaws.com", "ecr.amazonaws.com", "eks.amazonaws.com", "lambda.amazonaws.com",
    "pods.eks.amazonaws.com", "sagemaker.amazonaws.com", "vpc-flow-logs.amazonaws.com",
)  # fmt: skip
LINKED = (
    "eks-nodegroup.amazonaws.com", "eks.amazonaws.com", "elasticloadbalancing.amazonaws.com",
    "ops.apigateway.amazonaws.com", "spot.amazonaws.com",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StatePlace:
    """The bucket of the state and the keys that open it, as ARNs."""

    bucket_arn: str
    key_arns: tuple[str, ...]


def plan_statements(site: Site, state: StatePlace) -> list[Statement]:
    """Return what the read-only role may do beside AWS's ReadOnlyAccess: read the state, hold its lock."""
    return [
        *_state_read(state),
        allow("HoldLock", ["s3:DeleteObject", "s3:PutObject"], f"{state.bucket_arn}/.pulumi/locks/*"),
        deny("NoSecrets", ["secretsmanager:GetSecretValue"], "*"),
        deny("NoModelData", ["s3:GetObject"], f"arn:{site.partition}:s3:::slipway-*/models/*"),
    ]


def apply_statements(site: Site, environment: str, state: StatePlace) -> dict[str, list[Statement]]:
    """Return what the role of one environment may do, as one document per component."""
    here: Conditions = {"StringEquals": {"aws:RequestedRegion": sorted({site.region, GLOBAL_REGION})}}
    documents = {part: [allow(part.capitalize(), _actions(services), "*", here)] for part, services in _MORE.items()}
    documents["identity"] = _identity_statements(site, environment)
    documents["state"] = [
        *_state_read(state),
        allow("WriteState", ["s3:DeleteObject", "s3:PutObject"], f"{state.bucket_arn}/.pulumi/*"),
        allow("EncryptState", ["kms:Encrypt", "kms:GenerateDataKey"], state.key_arns),
        deny("KeepState", ["s3:DeleteBucket", "s3:DeleteBucketPolicy", "s3:PutBucketPolicy"], state.bucket_arn),
    ]
    return documents


def boundary_statements(site: Site) -> list[Statement]:
    """Return the most that any role of ours can ever do, whatever its own policies say."""
    services = {
        "autoscaling": (*READ, "SetDesiredCapacity", "UpdateAutoScalingGroup"),
        "aps": ("RemoteWrite",),
        "cloudwatch": (*READ, "PutMetricData"),
        "ec2": (*READ, "Assign*", "Attach*", "Authorize*", "Create*", "Delete*", "Detach*", "Modify*", "Revoke*",
                "RunInstances", "TerminateInstances", "Unassign*"),
        "ecr": (*READ, "BatchCheckLayerAvailability", "BatchGetImage", "BatchImportUpstreamImage", "CreateRepository",
                "ReplicateImage", "TagResource"),
        "eks": READ,
        "eks-auth": ("AssumeRoleForPodIdentity",),
        "elasticloadbalancing": (*READ, "Add*", "Configure*", "Create*", "Delete*", "Deregister*", "Modify*",
                                 "Register*", "Set*"),
        "kms": ("CreateGrant", "Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey*", "ReEncrypt*", "RetireGrant"),
        "logs": (*READ, "CreateLogStream", "PutLogEvents"),
        "pricing": ("GetProducts",),
        "s3": ("GetObject", "GetObjectVersion", "ListBucket"),
        "sqs": ("DeleteMessage", "GetQueueUrl", "ReceiveMessage"),
        "ssm": ("GetParameter", "GetParameters"),
        "sts": ("GetCallerIdentity",),
    }  # fmt: skip
    actions = [f"{service}:{verb}" for service, verbs in services.items() for verb in verbs]
    ours = site.global_arn("iam", "role/slipway/*")
    return [
        allow("Most", actions, "*"),
        allow("PassOwnRoles", ["iam:PassRole"], ours, {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}),
        allow("ReadProfiles", ["iam:GetInstanceProfile", "iam:ListInstanceProfiles"], "*"),
        allow(
            "LinkedRoles", ["iam:CreateServiceLinkedRole"], "*", {"StringEquals": {"iam:AWSServiceName": list(LINKED)}}
        ),
        deny("NeverOrganizations", ["organizations:*"], "*"),
    ]


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
    providers = [f"iam:{verb}OpenIDConnectProvider*" for verb in ("AddClientIDTo", "Create", "Delete", "Update")]
    versions = ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"]
    return [
        allow("MakeBoundedRoles", make, roles, bounded),
        allow("ChangeRoles", change, roles),
        allow("Profiles", profile, profiles),
        allow("Look", read, [roles, profiles]),
        allow("PassRoles", ["iam:PassRole"], roles, {"StringEquals": {"iam:PassedToService": list(PASSED_TO)}}),
        allow(
            "LinkedRoles", ["iam:CreateServiceLinkedRole"], "*", {"StringEquals": {"iam:AWSServiceName": list(LINKED)}}
        ),
        deny("KeepProviders", providers, "*"),
        deny("KeepBoundary", versions, site.boundary_arn),
        deny("KeepBoundaries", ["iam:DeleteRolePermissionsBoundary"], "*"),
        deny("NoOrganizations", ["organizations:*"], "*"),
    ]


def _state_read(state: StatePlace) -> list[Statement]:
    return [
        allow("ReadState", ["s3:GetObject", "s3:ListBucket"], [state.bucket_arn, f"{state.bucket_arn}/.pulumi/*"]),
        allow("OpenState", ["kms:Decrypt"], state.key_arns),
    ]


def _actions(services: dict[str, tuple[str, ...]]) -> Iterable[str]:
    for service, more in services.items():
        verbs = more if service == "apigateway" else (*READ, *WRITE, *more)
        yield from (f"{service}:{verb}" for verb in verbs)
