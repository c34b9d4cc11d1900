"""The permissions boundary: the most that any role of ours can ever do, whatever its own policies say."""

from components.aws.aws_site import ENVIRONMENT_TAG, Site
from components.aws.deploy_services import LINKED, actions
from components.aws.iam_document import Conditions, Statement, allow, deny

_LOOK = "Describe* Get*"
_MOST = {
    "aps": "RemoteWrite",
    "autoscaling": f"{_LOOK} SetDesiredCapacity UpdateAutoScalingGroup",
    "cloudwatch": f"{_LOOK} List* PutMetricData",
    "ec2": f"{_LOOK} List* Assign* Attach* Authorize* Create* Delete* Detach* Modify* Revoke* RunInstances"
    " TerminateInstances Unassign*",
    "ecr": f"{_LOOK} List* BatchCheckLayerAvailability BatchGetImage BatchImportUpstreamImage CreateRepository"
    " ReplicateImage TagResource",
    "eks": "Describe* List*",
    "eks-auth": "AssumeRoleForPodIdentity",
    "elasticloadbalancing": f"{_LOOK} Add* Configure* Create* Delete* Deregister* Modify* Register* Set*",
    "kms": "CreateGrant Decrypt DescribeKey Encrypt GenerateDataKey* ReEncrypt* RetireGrant",
    "logs": f"{_LOOK} List* CreateLogStream PutLogEvents",
    "pricing": "GetProducts",
    "sqs": "DeleteMessage GetQueueUrl ReceiveMessage",
    "ssm": "GetParameter GetParameters",
    "sts": "GetCallerIdentity",
}
_OWN = f"${{aws:PrincipalTag/{ENVIRONMENT_TAG}, 'none'}}"
"""The environment of the role that acts, from its own tag; a role without one owns nothing."""


def boundary_statements(site: Site) -> list[Statement]:
    """Return the statements of the boundary: one document for the roles of all environments."""
    to_ec2: Conditions = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    linked: Conditions = {"StringEquals": {"iam:AWSServiceName": list(LINKED)}}
    tag = f"aws:ResourceTag/{ENVIRONMENT_TAG}"
    others: Conditions = {"StringNotEquals": {tag: _OWN}, "Null": {tag: "false"}}
    buckets = site.bucket_arn(f"slipway-{_OWN}-*")
    return [
        allow("Most", actions(_MOST), "*"),
        allow("OwnBuckets", ["s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket"], buckets),
        allow("PassOwnRoles", ["iam:PassRole"], site.global_arn("iam", "role/slipway/*"), to_ec2),
        allow("ReadProfiles", ["iam:GetInstanceProfile", "iam:ListInstanceProfiles"], "*"),
        allow("LinkedRoles", ["iam:CreateServiceLinkedRole"], "*", linked),
        deny("NeverOthers", ["*"], "*", others),
        deny("NeverOrganizations", ["organizations:*"], "*"),
    ]
