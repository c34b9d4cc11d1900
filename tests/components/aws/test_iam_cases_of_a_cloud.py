"""What the roles, buckets and keys of a cloud let happen, case by case, over the documents that the stack attaches."""

import json
from functools import cache

import pytest

from components.aws.artifact_policy import reader_statements
from components.aws.iam_document import document
from tests.e2e_aws.stacks import make, settings
from tests.support.iam_cases import BUCKET, DEV_ROLE, KEY, NODE, PROD_ROLE, roles
from tests.support.policy_evaluator import may
from tests.support.recording import ACCOUNT, record

_OWN = {
    "aws:ResourceTag/kubernetes.io/cluster/slipway-dev-4f2a": "owned", "aws:ResourceTag/karpenter.sh/nodepool": "gpu"
}  # fmt: skip
_ASKED = {
    "aws:RequestTag/kubernetes.io/cluster/slipway-dev-4f2a": "owned",
    "aws:RequestTag/eks:eks-cluster-name": "slipway-dev-4f2a",
    "aws:RequestTag/karpenter.sh/nodepool": "gpu",
}
_TEMPLATE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:launch-template/lt-1"
_SPOT_ROLE = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot"
_VIA_S3 = {"kms:ViaService": "s3.us-east-1.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": BUCKET}


def _reader() -> list[str]:
    statements = reader_statements(
        bucket_arn=BUCKET, key_arn=KEY, region="us-east-1", namespace="models", model="digits"
    )
    return [document(statements)]


@pytest.mark.parametrize(
    ("allowed", "action", "resource", "context"),
    [
        (True, "s3:GetObject", f"{BUCKET}/models/models/digits/1/model.onnx", {}),
        (False, "s3:GetObject", f"{BUCKET}/models/models/tumours/1/model.onnx", {}),
        (False, "s3:GetObject", f"{BUCKET}/models/other/digits/1/model.onnx", {}),
        (False, "s3:PutObject", f"{BUCKET}/models/models/digits/1/model.onnx", {}),
        (False, "s3:DeleteObject", f"{BUCKET}/models/models/digits/1/model.onnx", {}),
        (True, "s3:ListBucket", BUCKET, {"s3:prefix": "models/models/digits/1/"}),
        (False, "s3:ListBucket", BUCKET, {"s3:prefix": "models/models/tumours/"}),
        (False, "s3:ListBucket", BUCKET, {}),
        (True, "kms:Decrypt", KEY, _VIA_S3),
        (False, "kms:Decrypt", KEY, {}),
        (False, "kms:Decrypt", KEY, {**_VIA_S3, "kms:EncryptionContext:aws:s3:arn": "arn:aws:s3:::other"}),
        (False, "kms:Encrypt", KEY, _VIA_S3),
    ],
)
def test_a_model_s_pods_read_their_releases_and_nothing_else(
    allowed: bool, action: str, resource: str, context: dict[str, str]
) -> None:
    assert may(_reader(), action, resource, context) is allowed


@pytest.mark.parametrize(
    ("allowed", "action", "resource", "context"),
    [
        (True, "ec2:TerminateInstances", NODE, _OWN),
        (False, "ec2:TerminateInstances", NODE, {}),
        (False, "ec2:TerminateInstances", NODE, {"aws:ResourceTag/karpenter.sh/nodepool": "gpu"}),
        (False, "iam:PassRole", PROD_ROLE, {"iam:PassedToService": "ec2.amazonaws.com"}),
        (False, "iam:CreateInstanceProfile", "*", {}),
        (False, "s3:GetObject", f"{BUCKET}/models/models/digits/1/model.onnx", {}),
        (False, "ssm:GetParameter", f"arn:aws:ssm:us-east-1:{ACCOUNT}:parameter/secret", {}),
        (True, "ssm:GetParameter", "arn:aws:ssm:us-east-1::parameter/aws/service/bottlerocket/x", {}),
        (True, "pricing:GetProducts", "*", {}),
        (True, "ec2:RunInstances", NODE, _ASKED),
        (False, "ec2:RunInstances", NODE, {}),
        (False, "ec2:RunInstances", NODE, {**_ASKED, "aws:RequestTag/eks:eks-cluster-name": "slipway-prod-9c1e"}),
        (True, "ec2:RunInstances", f"arn:aws:ec2:us-east-1:{ACCOUNT}:subnet/subnet-1", {}),
        (True, "ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-1", {}),
        (False, "ec2:RunInstances", "arn:aws:ec2:eu-west-1::image/ami-1", {}),
        (True, "ec2:CreateFleet", f"arn:aws:ec2:us-east-1:{ACCOUNT}:fleet/*", _ASKED),
        (False, "ec2:CreateFleet", f"arn:aws:ec2:us-east-1:{ACCOUNT}:fleet/*", {}),
        (True, "ec2:CreateFleet", _TEMPLATE, _OWN),
        (False, "ec2:CreateFleet", _TEMPLATE, {"aws:ResourceTag/karpenter.sh/nodepool": "gpu"}),
        (True, "ec2:CreateTags", NODE, {**_ASKED, "ec2:CreateAction": "RunInstances"}),
        (False, "ec2:CreateTags", NODE, {**_ASKED, "ec2:CreateAction": "CreateVolume"}),
        (False, "ec2:CreateTags", NODE, _ASKED),
        (True, "ec2:CreateTags", NODE, {**_OWN, "aws:TagKeys": "karpenter.sh/nodeclaim"}),
        (False, "ec2:CreateTags", NODE, {**_OWN, "aws:TagKeys": "slipway:stack"}),
        (False, "ec2:CreateTags", NODE, _OWN),
        (False, "ec2:CreateTags", NODE, {"aws:TagKeys": "Name"}),
        (True, "iam:CreateServiceLinkedRole", _SPOT_ROLE, {"iam:AWSServiceName": "spot.amazonaws.com"}),
        (False, "iam:CreateServiceLinkedRole", _SPOT_ROLE, {"iam:AWSServiceName": "eks.amazonaws.com"}),
    ],
)
def test_karpenter_touches_only_what_it_made(
    allowed: bool, action: str, resource: str, context: dict[str, str]
) -> None:
    [boundary] = roles("foundation")["boundary"]
    controller = roles("dev")["cloud-pools-karpenter-controller"]
    assert may(controller, action, resource, context, boundary=boundary) is allowed


@cache
def _resource_policies(stack: str, *types: str) -> dict[str, str]:
    return {each.name: each.inputs["policy"] for each in record(lambda: make(stack, settings(stack))).of(*types)}


@pytest.mark.parametrize(
    ("allowed", "action", "context"),
    [
        (True, "s3:GetObject", {"aws:SecureTransport": "true"}),
        (False, "s3:GetObject", {"aws:SecureTransport": "false"}),
        (False, "s3:DeleteObject", {"aws:SecureTransport": "true"}),
        (False, "s3:PutObject", {"s3:x-amz-server-side-encryption-aws-kms-key-id": KEY}),
    ],
)
def test_the_bucket_of_releases_refuses_plain_http_deletes_and_foreign_keys(
    allowed: bool, action: str, context: dict[str, str]
) -> None:
    policy = _resource_policies("dev", "BucketPolicy")["cloud-artifacts-policy"]
    everything = {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    where = f"{BUCKET}/models/models/digits/1/model.onnx"
    caller = {"aws:PrincipalArn": DEV_ROLE, **context}
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
    context = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{group}"}
    assert may([{"Statement": of_logs}], action, "*", context) is allowed


def test_an_operator_that_nobody_evaluates_is_refused() -> None:
    condition = {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}
    with pytest.raises(NotImplementedError, match="condition operator IpAddress"):
        may([{"Statement": [statement]}], "s3:GetObject", "*")
