"""What parliament says of IAM documents: those that a program registers, and those that the emulator holds after an up.

Parliament, because it knows actions, resource forms and condition keys of each service without an account and is a
library; the console's own check and Access Analyzer need one, and the newer validators read the network. A verb with a
star must begin a known action, so a misspelt one is found.
"""

import json
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tests.support.aws_stand_in.aws import Aws
from tests.support.recording import Graph

with warnings.catch_warnings():
    # It leaves its two data files open when it is imported.
    warnings.simplefilter("ignore", ResourceWarning)
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    from parliament import analyze_policy_string

Kind = Literal["identity", "trust", "bucket", "key", "queue", "topic", "repository"]
_MADE_BY_CI = "whoever deploys makes what has no name yet; bound by region, fenced by tag"
ACCEPTED: Mapping[tuple[str, str], str] = {
    ("MISMATCHED_TYPE_BUT_USABLE", "StringEquals requires"): "an ARN without a star is compared as text just as well",
    ("MISMATCHED_TYPE_BUT_USABLE", "StringNotEqualsIfExists requires"): "the same",
    ("RESOURCE_STAR", "iam:CreateServiceLinkedRole"): "bound by iam:AWSServiceName in the same statement",
    ("RESOURCE_STAR", "ec2:AllocateAddress"): _MADE_BY_CI,
    ("RESOURCE_STAR", "eks:CreateAddon"): _MADE_BY_CI,
    ("RESOURCE_STAR", "ecr:CreateRepository"): _MADE_BY_CI,
    ("RESOURCE_STAR", "acm:DeleteCertificate"): _MADE_BY_CI,
    ("RESOURCE_STAR", "aps:CreateRuleGroupsNamespace"): _MADE_BY_CI,
    ("RESOURCE_STAR", "chatbot:DeleteSlackChannelConfiguration"): _MADE_BY_CI,
    ("RESOURCE_STAR", "iam:GetInstanceProfile"): "the boundary is a limit; it grants nothing by itself",
    ("RESOURCE_MISMATCH", "s3:CreateAccessGrant"): "a verb with a star names more than buckets; the resource does not",
    ("RESOURCE_MISMATCH", "s3:GetObjectVersion"): "it takes the variable in the bucket's name for a path",
    ("RESOURCE_MISMATCH", "ecr:BatchImportUpstreamImage"): "its definition is older than the action's repository form",
    ("RESOURCE_MISMATCH", "ec2:RunInstances"): "one launch needs several statements, as in Karpenter's own policy",
    ("RESOURCE_MISMATCH", "ssm:GetParameter"): "public parameters have no account in their ARN",
    ("UNKNOWN_CONDITION_FOR_ACTION", "aws:ViaAWSService"): "its definition is older than the key",
}
"""Kind of finding and what its text holds → why it is no fault."""
ACCEPTED_OF: Mapping[Kind, Mapping[tuple[str, str], str]] = {
    "trust": {
        ("RESOURCE_STAR", "sts:AssumeRole"): "what is assumed is the role itself",
        ("UNKNOWN_FEDERATION_SOURCE", "oidc-provider/"): "it knows SAML and the three social networks only",
        ("UNKNOWN_CONDITION_FOR_ACTION", "token.actions.githubusercontent.com:"): "the same",
    },
    "repository": {("RESOURCE_STAR", "ecr:"): "in a repository's policy the star is this repository"},
    "key": {
        ("RESOURCE_STAR", "kms:"): "in a key's policy the star is this key",
        ("UNKNOWN_CONDITION_FOR_ACTION", "kms:EncryptionContext:aws:logs:arn"): "as in the manual of CloudWatch Logs",
        ("MISMATCHED_TYPE", "ArnLike requires"): "the same",
    },
}
_POLICIES: Mapping[str, tuple[Kind, str]] = {
    "Role": ("trust", "assumeRolePolicy"),
    "RolePolicy": ("identity", "policy"),
    "aws:iam/policy:Policy": ("identity", "policy"),
    "BucketPolicy": ("bucket", "policy"),
    "Key": ("key", "policy"),
    "QueuePolicy": ("queue", "policy"),
    "TopicPolicy": ("topic", "policy"),
    "RepositoryPolicy": ("repository", "policy"),
}
"""Type of a resource → what its document is, and where it has it."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """One document: whose, of which kind, and its text."""

    name: str
    kind: Kind
    text: str


def problems(documents: Iterator[Document], *, ignored: tuple[str, ...] = ()) -> Iterator[str]:
    """Every finding that is not accepted, as `document: kind: detail`."""
    for each in documents:
        accepted = {**ACCEPTED, **ACCEPTED_OF.get(each.kind, {})}
        for finding in analyze_policy_string(_whole(each)).findings:
            text = f"{finding.detail} {finding.location}"
            fault = not any(finding.issue == kind and part in text for kind, part in accepted)
            if fault and finding.issue not in ignored:
                yield f"{each.name}: {finding.issue}: {finding.detail}"


def recorded(graph: Graph) -> Iterator[Document]:
    """Every document that a program registers."""
    for type_, (kind, where) in _POLICIES.items():
        for found in graph.of(type_):
            yield Document(name=found.name, kind=kind, text=found.inputs[where])


def held(aws: Aws) -> Iterator[Document]:
    """Every document that the emulator holds."""
    yield from _of_roles(aws)
    s3, kms, sqs, sns = (aws.client(service) for service in ("s3", "kms", "sqs", "sns"))
    for bucket in (each["Name"] for each in s3.list_buckets()["Buckets"]):
        yield Document(name=bucket, kind="bucket", text=s3.get_bucket_policy(Bucket=bucket)["Policy"])
    for key in (each["KeyId"] for each in kms.list_keys()["Keys"]):
        yield Document(name=key, kind="key", text=kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    for queue in sqs.list_queues().get("QueueUrls", []):
        found = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]
        yield Document(name=queue, kind="queue", text=found["Policy"])
    for topic in (each["TopicArn"] for each in sns.list_topics()["Topics"]):
        text = sns.get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"]
        yield Document(name=topic, kind="topic", text=text)


def _of_roles(aws: Aws) -> Iterator[Document]:
    iam = aws.client("iam")
    for role in iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]:
        name = role["RoleName"]
        yield Document(name=name, kind="trust", text=json.dumps(role["AssumeRolePolicyDocument"]))
        for policy in role["RolePolicyList"]:
            text = json.dumps(policy["PolicyDocument"])
            yield Document(name=f"{name}/{policy['PolicyName']}", kind="identity", text=text)
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        text = json.dumps(version["PolicyVersion"]["Document"])
        yield Document(name=policy["PolicyName"], kind="identity", text=text)


def _whole(document: Document) -> str:
    """Say of a role's or a repository's document what it leaves out: that it is about itself."""
    if document.kind not in ("trust", "repository"):
        return document.text
    found: dict[str, Any] = json.loads(document.text)
    statements = found["Statement"] if isinstance(found["Statement"], list) else [found["Statement"]]
    return json.dumps({**found, "Statement": [{"Resource": "*", **each} for each in statements]})
