"""What each role may and may not do, case by case, evaluated over the documents that the stacks really attach."""

from collections import defaultdict
from functools import cache
from typing import Any

import pytest

from components.aws.artifact_policy import reader_statements
from components.aws.iam_document import document
from tests.e2e_aws.stacks import make, settings
from tests.support.policy_evaluator import may
from tests.support.recording import record

_ACCOUNT = "123456789012"
_BUCKET = "arn:aws:s3:::slipway-dev-artifacts"
_KEY = f"arn:aws:kms:us-east-1:{_ACCOUNT}:key/1"
_BOUNDARY = f"arn:aws:iam::{_ACCOUNT}:policy/slipway/slipway-boundary"
_DEV_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/slipway/dev/reader"
_PROD_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/slipway/prod/reader"
_NODE = f"arn:aws:ec2:us-east-1:{_ACCOUNT}:instance/i-1"
_BOUNDED = {"iam:PermissionsBoundary": _BOUNDARY}
_OWN = {
    "aws:ResourceTag/kubernetes.io/cluster/slipway-dev-4f2a": "owned", "aws:ResourceTag/karpenter.sh/nodepool": "gpu"
}  # fmt: skip
_VIA_S3 = {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": _BUCKET}


@cache
def _roles(stack: str) -> dict[str, list[str]]:
    """Documents of a stack by role, the role's name without its prefix."""
    graph = record(lambda: make(stack, settings(stack)))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for policy in graph.of("RolePolicy"):
        found[policy.inputs["role"].removeprefix(f"slipway-{stack}-")].append(policy.inputs["policy"])
    found["boundary"] = [each.inputs["policy"] for each in graph.of("aws:iam/policy:Policy")]
    return found


def _reader() -> list[str]:
    statements = reader_statements(
        bucket_arn=_BUCKET, key_arn=_KEY, region="us-east-1", namespace="models", model="digits"
    )
    return [document(statements)]


@pytest.mark.parametrize(
    ("allowed", "action", "resource", "context"),
    [
        (True, "s3:GetObject", f"{_BUCKET}/models/models/digits/1/model.onnx", {}),
        (False, "s3:GetObject", f"{_BUCKET}/models/models/tumours/1/model.onnx", {}),
        (False, "s3:GetObject", f"{_BUCKET}/models/other/digits/1/model.onnx", {}),
        (False, "s3:PutObject", f"{_BUCKET}/models/models/digits/1/model.onnx", {}),
        (False, "s3:DeleteObject", f"{_BUCKET}/models/models/digits/1/model.onnx", {}),
        (True, "s3:ListBucket", _BUCKET, {"s3:prefix": "models/models/digits/1/"}),
        (False, "s3:ListBucket", _BUCKET, {"s3:prefix": "models/models/tumours/"}),
        (False, "s3:ListBucket", _BUCKET, {}),
        (True, "kms:Decrypt", _KEY, _VIA_S3),
        (False, "kms:Decrypt", _KEY, {}),
        (False, "kms:Decrypt", _KEY, {**_VIA_S3, "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other"}),
        (False, "kms:Encrypt", _KEY, _VIA_S3),
    ],
)
def test_a_model_s_pods_read_their_releases_and_nothing_else(
    allowed: bool, action: str, resource: str, context: dict[str, str]
) -> None:
    assert may(_reader(), action, resource, context) is allowed


@pytest.mark.parametrize(
    ("allowed", "action", "resource", "context"),
    [
        (True, "iam:CreateRole", _DEV_ROLE, _BOUNDED),
        (False, "iam:CreateRole", _DEV_ROLE, {}),
        (False, "iam:CreateRole", _DEV_ROLE, {"iam:PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        (False, "iam:CreateRole", _PROD_ROLE, _BOUNDED),
        (False, "iam:PutRolePolicy", _DEV_ROLE, {}),
        (True, "iam:PassRole", _DEV_ROLE, {"iam:PassedToService": "eks.amazonaws.com"}),
        (False, "iam:PassRole", _DEV_ROLE, {"iam:PassedToService": "glue.amazonaws.com"}),
        (False, "iam:PassRole", _PROD_ROLE, {"iam:PassedToService": "eks.amazonaws.com"}),
        (False, "iam:DeleteRolePermissionsBoundary", _DEV_ROLE, {}),
        (False, "iam:CreatePolicyVersion", _BOUNDARY, {}),
        (False, "iam:CreateOpenIDConnectProvider", "*", {}),
        (False, "iam:CreateUser", f"arn:aws:iam::{_ACCOUNT}:user/mallory", {}),
        (False, "iam:CreateAccessKey", f"arn:aws:iam::{_ACCOUNT}:user/mallory", {}),
        (False, "organizations:LeaveOrganization", "*", {}),
        (True, "ec2:CreateVpc", f"arn:aws:ec2:us-east-1:{_ACCOUNT}:vpc/*", {"aws:RequestedRegion": "us-east-1"}),
        (False, "ec2:CreateVpc", f"arn:aws:ec2:eu-west-1:{_ACCOUNT}:vpc/*", {"aws:RequestedRegion": "eu-west-1"}),
        (True, "eks:CreateCluster", "*", {"aws:RequestedRegion": "us-east-1"}),
    ],
)
def test_the_apply_role_of_dev_changes_dev_and_never_its_own_limits(
    allowed: bool, action: str, resource: str, context: dict[str, str]
) -> None:
    assert may(_roles("foundation")["apply-dev"], action, resource, context) is allowed


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("secretsmanager:GetSecretValue", "*"),
        ("ec2:CreateVpc", "*"),
        ("iam:CreateRole", _DEV_ROLE),
        ("s3:GetObject", "arn:aws:s3:::slipway-dev-artifacts/models/models/digits/1/model.onnx"),
        ("s3:PutObject", "arn:aws:s3:::slipway-dev-artifacts/models/models/digits/1/model.onnx"),
    ],
)
def test_the_plan_role_changes_nothing_and_reads_no_secrets(action: str, resource: str) -> None:
    everything_read_only: dict[str, Any] = {
        "Statement": [{"Effect": "Allow", "Action": ["*:Get*", "*:List*", "*:Describe*"], "Resource": "*"}]
    }
    assert not may([everything_read_only, *_roles("foundation")["plan"]], action, resource)


@pytest.mark.parametrize(
    ("allowed", "action", "resource", "context"),
    [
        (True, "ec2:TerminateInstances", _NODE, _OWN),
        (False, "ec2:TerminateInstances", _NODE, {}),
        (False, "ec2:TerminateInstances", _NODE, {"aws:ResourceTag/karpenter.sh/nodepool": "gpu"}),
        (False, "iam:PassRole", _PROD_ROLE, {"iam:PassedToService": "ec2.amazonaws.com"}),
        (False, "iam:CreateInstanceProfile", "*", {}),
        (False, "s3:GetObject", f"{_BUCKET}/models/models/digits/1/model.onnx", {}),
        (False, "ssm:GetParameter", f"arn:aws:ssm:us-east-1:{_ACCOUNT}:parameter/secret", {}),
        (True, "ssm:GetParameter", "arn:aws:ssm:us-east-1::parameter/aws/service/bottlerocket/x", {}),
        (True, "pricing:GetProducts", "*", {}),
    ],
)
def test_karpenter_touches_only_what_it_made(
    allowed: bool, action: str, resource: str, context: dict[str, str]
) -> None:
    assert may(_roles("dev")["cloud-pools-karpenter-controller"], action, resource, context) is allowed


@pytest.mark.parametrize(
    "action",
    ["iam:CreateRole", "iam:CreateUser", "iam:PutRolePolicy", "organizations:LeaveOrganization", "s3:DeleteBucket"],
)
def test_the_boundary_keeps_even_an_administrator_s_role_small(action: str) -> None:
    [boundary] = _roles("foundation")["boundary"]
    administrator = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert may([administrator], action, "*")
    assert not may([administrator], action, "*", boundary=boundary)


def test_an_operator_that_nobody_evaluates_is_refused() -> None:
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    with pytest.raises(NotImplementedError, match="condition operator IpAddress"):
        may([{"Statement": [statement]}], "s3:GetObject", "*")
