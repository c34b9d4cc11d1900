"""What CI's roles and their boundary may and may not do, case by case, over the documents of the foundation."""

from typing import Any

import pytest

from tests.support.iam_cases import BUCKET, DEV_ROLE, KEY, NODE, PROD_ROLE, roles
from tests.support.policy_evaluator import may
from tests.support.recording import ACCOUNT

_BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/slipway/slipway-boundary"
_BOUNDED = {"iam:PermissionsBoundary": _BOUNDARY}
_HERE = {"aws:RequestedRegion": "us-east-1"}
_STATE = f"arn:aws:s3:us-east-1:{ACCOUNT}:foundation-state-bucket"
_STATE_KEY, _DEV_KEY, _PROD_KEY = (
    f"arn:aws:kms:us-east-1:{ACCOUNT}:foundation-state-{name}" for name in ("key", "dev-key", "prod-key")
)
_VPC = f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/vpc-1"


@pytest.mark.parametrize(
    ("allowed", "action", "resource", "context"),
    [
        (True, "iam:CreateRole", DEV_ROLE, _BOUNDED),
        (False, "iam:CreateRole", DEV_ROLE, {}),
        (False, "iam:CreateRole", DEV_ROLE, {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        (False, "iam:CreateRole", PROD_ROLE, _BOUNDED),
        (False, "iam:PutRolePolicy", DEV_ROLE, {}),
        (True, "iam:PassRole", DEV_ROLE, {"iam:PassedToService": "eks.amazonaws.com"}),
        (False, "iam:PassRole", DEV_ROLE, {"iam:PassedToService": "glue.amazonaws.com"}),
        (False, "iam:PassRole", PROD_ROLE, {"iam:PassedToService": "eks.amazonaws.com"}),
        (False, "iam:DeleteRolePermissionsBoundary", DEV_ROLE, {}),
        (False, "iam:CreatePolicyVersion", _BOUNDARY, {}),
        (False, "iam:CreateOpenIDConnectProvider", "*", {}),
        (False, "iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/mallory", {}),
        (False, "iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/mallory", {}),
        (False, "organizations:LeaveOrganization", "*", {}),
        (True, "ec2:CreateVpc", f"arn:aws:ec2:us-east-1:{ACCOUNT}:vpc/*", {"aws:RequestedRegion": "us-east-1"}),
        (False, "ec2:CreateVpc", f"arn:aws:ec2:eu-west-1:{ACCOUNT}:vpc/*", {"aws:RequestedRegion": "eu-west-1"}),
        (True, "eks:CreateCluster", "*", {"aws:RequestedRegion": "us-east-1"}),
    ],
)
def test_the_apply_role_of_dev_changes_dev_and_never_its_own_limits(
    allowed: bool, action: str, resource: str, context: dict[str, str]
) -> None:
    assert may(roles("foundation")["apply-dev"], action, resource, context) is allowed


def _of(environment: str) -> dict[str, str]:
    return {**_HERE, "aws:ResourceTag/slipway:environment": environment}


@pytest.mark.parametrize(
    ("allowed", "action", "resource", "context"),
    [
        (True, "ec2:DeleteVpc", _VPC, _of("dev")),
        (False, "ec2:DeleteVpc", _VPC, _of("prod")),
        (False, "ec2:CreateTags", _VPC, _of("prod")),
        (True, "ec2:CreateVpc", _VPC, _HERE),
        (True, "eks:DeleteCluster", "*", _of("dev")),
        (False, "eks:DeleteCluster", "*", _of("prod")),
        (False, "eks:CreateAccessEntry", "*", _of("prod")),
        (True, "kms:Decrypt", KEY, _of("dev")),
        (False, "kms:Decrypt", KEY, _of("prod")),
        (False, "kms:ScheduleKeyDeletion", KEY, _of("prod")),
        (True, "kms:Decrypt", _STATE_KEY, _of("foundation")),
        (True, "kms:GenerateDataKey", _STATE_KEY, _of("foundation")),
        (True, "kms:Decrypt", _DEV_KEY, _of("foundation")),
        (False, "kms:Decrypt", _PROD_KEY, _of("foundation")),
        (False, "kms:ScheduleKeyDeletion", _STATE_KEY, _of("foundation")),
        (False, "kms:PutKeyPolicy", _DEV_KEY, _of("foundation")),
        (False, "kms:DisableKey", _STATE_KEY, _of("foundation")),
        (True, "s3:PutObject", f"{_STATE}/.pulumi/stacks/slipway/dev.json", _HERE),
        (True, "s3:PutObject", f"{_STATE}/.pulumi/stacks/slipway/dev-cloud.json.bak", _HERE),
        (True, "s3:PutObject", f"{_STATE}/.pulumi/history/slipway/dev/dev-1.history.json", _HERE),
        (True, "s3:DeleteObject", f"{_STATE}/.pulumi/locks/organization/slipway/dev/1.json", _HERE),
        (True, "s3:GetObject", f"{_STATE}/.pulumi/meta.yaml", _HERE),
        (False, "s3:PutObject", f"{_STATE}/.pulumi/meta.yaml", _HERE),
        (False, "s3:GetObject", f"{_STATE}/.pulumi/stacks/slipway/prod.json", _HERE),
        (False, "s3:PutObject", f"{_STATE}/.pulumi/stacks/slipway/prod.json", _HERE),
        (False, "s3:PutObject", f"{_STATE}/.pulumi/locks/organization/slipway/prod/dev-1.json", _HERE),
        (False, "s3:DeleteObject", f"{_STATE}/.pulumi/stacks/slipway/foundation.json", _HERE),
        (False, "s3:PutBucketVersioning", _STATE, _HERE),
        (True, "s3:PutObject", f"{BUCKET}/models/models/digits/1/model.onnx", _HERE),
        (True, "s3:AbortMultipartUpload", f"{BUCKET}/models/models/digits/1/model.onnx", _HERE),
        (False, "s3:GetObject", "arn:aws:s3:::slipway-prod-cloud-artifacts/models/models/digits/1/model.onnx", _HERE),
        (False, "s3:PutObject", "arn:aws:s3:::slipway-prod-cloud-artifacts/models/models/digits/1/model.onnx", _HERE),
        (False, "s3:DeleteBucket", "arn:aws:s3:::slipway-prod-cloud-artifacts", _HERE),
    ],
)
def test_the_apply_role_of_dev_reaches_nothing_of_another_environment(
    allowed: bool, action: str, resource: str, context: dict[str, str]
) -> None:
    assert may(roles("foundation")["apply-dev"], action, resource, context) is allowed


@pytest.mark.parametrize(
    ("allowed", "action", "context"),
    [
        *(
            (True, "iam:CreateServiceLinkedRole", {"iam:AWSServiceName": f"{service}.amazonaws.com"})
            for service in ("ecr", "eks", "management.chatbot", "ops.apigateway", "pullthroughcache.ecr", "spot")
        ),
        (False, "iam:CreateServiceLinkedRole", {"iam:AWSServiceName": "organizations.amazonaws.com"}),
        *(
            (True, "chatbot:CreateSlackChannelConfiguration", {"aws:RequestedRegion": region})
            for region in ("us-east-2", "us-west-2", "eu-west-1", "ap-southeast-1")
        ),
        (False, "chatbot:CreateSlackChannelConfiguration", {"aws:RequestedRegion": "us-east-1"}),
        (True, "ec2:EnableFastSnapshotRestores", _HERE),
        (True, "ec2:DisableFastSnapshotRestores", _HERE),
        (False, "ec2:DisableEbsEncryptionByDefault", _HERE),
        (True, "kms:RetireGrant", _HERE),
        (True, "tag:GetResources", _HERE),
    ],
)
def test_a_fresh_account_lacks_nothing_that_an_up_asks_for(allowed: bool, action: str, context: dict[str, str]) -> None:
    assert may(roles("foundation")["apply-dev"], action, "*", context) is allowed


@pytest.mark.parametrize(
    ("allowed", "action", "resource"),
    [
        (True, "s3:PutObject", f"{_STATE}/.pulumi/locks/organization/slipway/dev/1.json"),
        (True, "kms:GenerateDataKey", _STATE_KEY),
        (False, "kms:GenerateDataKey", _PROD_KEY),
        (False, "kms:Encrypt", _STATE_KEY),
        (True, "kms:Decrypt", _PROD_KEY),
        (False, "s3:PutObject", f"{_STATE}/.pulumi/stacks/slipway/dev.json"),
    ],
)
def test_the_plan_role_can_write_its_lock_into_an_encrypted_bucket(allowed: bool, action: str, resource: str) -> None:
    assert may(roles("foundation")["plan"], action, resource) is allowed


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("secretsmanager:GetSecretValue", "*"),
        ("ec2:CreateVpc", "*"),
        ("iam:CreateRole", DEV_ROLE),
        ("s3:GetObject", f"{BUCKET}/models/models/digits/1/model.onnx"),
        ("s3:PutObject", f"{BUCKET}/models/models/digits/1/model.onnx"),
    ],
)
def test_the_plan_role_changes_nothing_and_reads_no_secrets(action: str, resource: str) -> None:
    everything_read_only: dict[str, Any] = {
        "Statement": [{"Effect": "Allow", "Action": ["*:Get*", "*:List*", "*:Describe*"], "Resource": "*"}]
    }
    assert not may([everything_read_only, *roles("foundation")["plan"]], action, resource)


@pytest.mark.parametrize(
    "action",
    ["iam:CreateRole", "iam:CreateUser", "iam:PutRolePolicy", "organizations:LeaveOrganization", "s3:DeleteBucket"],
)
def test_the_boundary_keeps_even_an_administrator_s_role_small(action: str) -> None:
    [boundary] = roles("foundation")["boundary"]
    administrator = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert may([administrator], action, "*")
    assert not may([administrator], action, "*", boundary=boundary)


@pytest.mark.parametrize(
    ("allowed", "action", "resource", "owner"),
    [
        (True, "ec2:TerminateInstances", NODE, "dev"),
        (False, "ec2:TerminateInstances", NODE, "prod"),
        (False, "kms:Decrypt", _PROD_KEY, "foundation"),
        (True, "ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-1", None),
        (True, "s3:GetObject", f"{BUCKET}/models/models/digits/1/model.onnx", None),
        (False, "s3:GetObject", BUCKET.replace("-dev-", "-prod-"), None),
        (False, "s3:GetObject", f"{_STATE}/.pulumi/stacks/slipway/prod.json", None),
    ],
)
def test_the_boundary_keeps_even_an_administrator_s_role_of_dev_in_dev(
    allowed: bool, action: str, resource: str, owner: str | None
) -> None:
    [boundary] = roles("foundation")["boundary"]
    administrator = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    tagged = {} if owner is None else {"aws:ResourceTag/slipway:environment": owner}
    context = {"aws:PrincipalTag/slipway:environment": "dev", **tagged}
    assert may([administrator], action, resource, context, boundary=boundary) is allowed


@pytest.mark.parametrize(("allowed", "tagged"), [(True, "dev"), (False, "prod")])
def test_no_role_can_be_given_another_environment_s_name(allowed: bool, tagged: str) -> None:
    context = {"aws:RequestTag/slipway:environment": tagged}
    assert may(roles("foundation")["apply-dev"], "iam:TagRole", DEV_ROLE, context) is allowed
