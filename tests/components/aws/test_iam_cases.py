"""What each role may and may not do, case by case, evaluated over the documents that the stacks really attach."""

import json
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
_BUCKET = "arn:aws:s3:::slipway-dev-cloud-artifacts-123456789012-us-east-1"
_KEY = f"arn:aws:kms:us-east-1:{_ACCOUNT}:key/1"
_BOUNDARY = f"arn:aws:iam::{_ACCOUNT}:policy/slipway/slipway-boundary"
_DEV_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/slipway/dev/reader"
_PROD_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/slipway/prod/reader"
_NODE = f"arn:aws:ec2:us-east-1:{_ACCOUNT}:instance/i-1"
_BOUNDED = {"iam:PermissionsBoundary": _BOUNDARY}
_HERE = {"aws:RequestedRegion": "us-east-1"}
_STATE = f"arn:aws:s3:us-east-1:{_ACCOUNT}:foundation-state-bucket"
_STATE_KEY, _DEV_KEY, _PROD_KEY = (
    f"arn:aws:kms:us-east-1:{_ACCOUNT}:foundation-state-{name}" for name in ("key", "dev-key", "prod-key")
)
_VPC = f"arn:aws:ec2:us-east-1:{_ACCOUNT}:vpc/vpc-1"
_OWN = {
    "aws:ResourceTag/kubernetes.io/cluster/slipway-dev-4f2a": "owned", "aws:ResourceTag/karpenter.sh/nodepool": "gpu"
}  # fmt: skip
_ASKED = {
    "aws:RequestTag/kubernetes.io/cluster/slipway-dev-4f2a": "owned",
    "aws:RequestTag/eks:eks-cluster-name": "slipway-dev-4f2a",
    "aws:RequestTag/karpenter.sh/nodepool": "gpu",
}
_TEMPLATE = f"arn:aws:ec2:us-east-1:{_ACCOUNT}:launch-template/lt-1"
_SPOT_ROLE = f"arn:aws:iam::{_ACCOUNT}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"
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
        (True, "kms:Decrypt", _KEY, _of("dev")),
        (False, "kms:Decrypt", _KEY, _of("prod")),
        (False, "kms:ScheduleKeyDeletion", _KEY, _of("prod")),
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
        (True, "s3:PutObject", f"{_BUCKET}/models/models/digits/1/model.onnx", _HERE),
        (True, "s3:AbortMultipartUpload", f"{_BUCKET}/models/models/digits/1/model.onnx", _HERE),
        (False, "s3:GetObject", "arn:aws:s3:::slipway-prod-cloud-artifacts/models/models/digits/1/model.onnx", _HERE),
        (False, "s3:PutObject", "arn:aws:s3:::slipway-prod-cloud-artifacts/models/models/digits/1/model.onnx", _HERE),
        (False, "s3:DeleteBucket", "arn:aws:s3:::slipway-prod-cloud-artifacts", _HERE),
    ],
)
def test_the_apply_role_of_dev_reaches_nothing_of_another_environment(
    allowed: bool, action: str, resource: str, context: dict[str, str]
) -> None:
    assert may(_roles("foundation")["apply-dev"], action, resource, context) is allowed


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
    assert may(_roles("foundation")["apply-dev"], action, "*", context) is allowed


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
    assert may(_roles("foundation")["plan"], action, resource) is allowed


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("secretsmanager:GetSecretValue", "*"),
        ("ec2:CreateVpc", "*"),
        ("iam:CreateRole", _DEV_ROLE),
        ("s3:GetObject", f"{_BUCKET}/models/models/digits/1/model.onnx"),
        ("s3:PutObject", f"{_BUCKET}/models/models/digits/1/model.onnx"),
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
        (True, "ec2:RunInstances", _NODE, _ASKED),
        (False, "ec2:RunInstances", _NODE, {}),
        (False, "ec2:RunInstances", _NODE, {**_ASKED, "aws:RequestTag/eks:eks-cluster-name": "slipway-prod-9c1e"}),
        (True, "ec2:RunInstances", f"arn:aws:ec2:us-east-1:{_ACCOUNT}:subnet/subnet-1", {}),
        (True, "ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-1", {}),
        (False, "ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-1", {}),
        (True, "ec2:CreateFleet", f"arn:aws:ec2:us-east-1:{_ACCOUNT}:fleet/*", _ASKED),
        (False, "ec2:CreateFleet", f"arn:aws:ec2:us-east-1:{_ACCOUNT}:fleet/*", {}),
        (True, "ec2:CreateFleet", _TEMPLATE, _OWN),
        (False, "ec2:CreateFleet", _TEMPLATE, {"aws:ResourceTag/karpenter.sh/nodepool": "gpu"}),
        (True, "ec2:CreateTags", _NODE, {**_ASKED, "ec2:CreateAction": "RunInstances"}),
        (False, "ec2:CreateTags", _NODE, {**_ASKED, "ec2:CreateAction": "CreateVolume"}),
        (False, "ec2:CreateTags", _NODE, _ASKED),
        (True, "ec2:CreateTags", _NODE, {**_OWN, "aws:TagKeys": "karpenter.sh/nodeclaim"}),
        (False, "ec2:CreateTags", _NODE, {**_OWN, "aws:TagKeys": "slipway:stack"}),
        (False, "ec2:CreateTags", _NODE, _OWN),
        (False, "ec2:CreateTags", _NODE, {"aws:TagKeys": "Name"}),
        (True, "iam:CreateServiceLinkedRole", _SPOT_ROLE, {"iam:AWSServiceName": "spot.amazonaws.com"}),
        (False, "iam:CreateServiceLinkedRole", _SPOT_ROLE, {"iam:AWSServiceName": "eks.amazonaws.com"}),
    ],
)
def test_karpenter_touches_only_what_it_made(
    allowed: bool, action: str, resource: str, context: dict[str, str]
) -> None:
    [boundary] = _roles("foundation")["boundary"]
    controller = _roles("dev")["cloud-pools-karpenter-controller"]
    assert may(controller, action, resource, context, boundary=boundary) is allowed


@pytest.mark.parametrize(
    "action",
    ["iam:CreateRole", "iam:CreateUser", "iam:PutRolePolicy", "organizations:LeaveOrganization", "s3:DeleteBucket"],
)
def test_the_boundary_keeps_even_an_administrator_s_role_small(action: str) -> None:
    [boundary] = _roles("foundation")["boundary"]
    administrator = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    assert may([administrator], action, "*")
    assert not may([administrator], action, "*", boundary=boundary)


@pytest.mark.parametrize(
    ("allowed", "action", "resource", "owner"),
    [
        (True, "ec2:TerminateInstances", _NODE, "dev"),
        (False, "ec2:TerminateInstances", _NODE, "prod"),
        (False, "kms:Decrypt", _PROD_KEY, "foundation"),
        (True, "ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-1", None),
        (True, "s3:GetObject", f"{_BUCKET}/models/models/digits/1/model.onnx", None),
        (False, "s3:GetObject", _BUCKET.replace("-dev-", "-prod-"), None),
        (False, "s3:GetObject", f"{_STATE}/.pulumi/stacks/slipway/prod.json", None),
    ],
)
def test_the_boundary_keeps_even_an_administrator_s_role_of_dev_in_dev(
    allowed: bool, action: str, resource: str, owner: str | None
) -> None:
    [boundary] = _roles("foundation")["boundary"]
    administrator = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    tagged = {} if owner is None else {"aws:ResourceTag/slipway:environment": owner}
    context = {"aws:PrincipalTag/slipway:environment": "dev", **tagged}
    assert may([administrator], action, resource, context, boundary=boundary) is allowed


@pytest.mark.parametrize(("allowed", "tagged"), [(True, "dev"), (False, "prod")])
def test_no_role_can_be_given_another_environment_s_name(allowed: bool, tagged: str) -> None:
    context = {"aws:RequestTag/slipway:environment": tagged}
    assert may(_roles("foundation")["apply-dev"], "iam:TagRole", _DEV_ROLE, context) is allowed


@cache
def _resource_policies(stack: str, *types: str) -> dict[str, str]:
    return {each.name: each.inputs["policy"] for each in record(lambda: make(stack, settings(stack))).of(*types)}


@pytest.mark.parametrize(
    ("allowed", "action", "context"),
    [
        (True, "s3:GetObject", {"aws:SecureTransport": "true"}),
        (False, "s3:GetObject", {"aws:SecureTransport": "false"}),
        (False, "s3:DeleteObject", {"aws:SecureTransport": "true"}),
        (False, "s3:PutObject", {"s3:x-amz-server-side-encryption-aws-kms-key-id": _KEY}),
    ],
)
def test_the_bucket_of_releases_refuses_plain_http_deletes_and_foreign_keys(
    allowed: bool, action: str, context: dict[str, str]
) -> None:
    policy = _resource_policies("dev", "BucketPolicy")["cloud-artifacts-policy"]
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    where = f"{_BUCKET}/models/models/digits/1/model.onnx"
    caller = {"aws:PrincipalArn": _DEV_ROLE, **context}
    assert may([everything, policy], action, where, caller) is allowed


@pytest.mark.parametrize(
    ("allowed", "action", "group"),
    [
        (True, "kms:Decrypt", "/aws/vendedlogs/apigateway/slipway-dev-cloud-edge-api"),
        (False, "kms:Decrypt", "/aws/lambda/other"),
        (False, "kms:ScheduleKeyDeletion", "/aws/vendedlogs/apigateway/slipway-dev-cloud-edge-api"),
    ],
)
def test_the_key_of_a_log_serves_that_log_only(allowed: bool, action: str, group: str) -> None:
    policy = json.loads(_resource_policies("dev", "Key")["cloud-edge-api-log-key"])
    of_logs = [s for s in policy["Statement"] if "logs.us-east-1.amazonaws.com" in s["Principal"].get("Service", "")]
    context = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{_ACCOUNT}:log-group:{group}"}
    assert may([{"Statement": of_logs}], action, "*", context) is allowed


def test_an_operator_that_nobody_evaluates_is_refused() -> None:
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    with pytest.raises(NotImplementedError, match="condition operator IpAddress"):
        may([{"Statement": [statement]}], "s3:GetObject", "*")
