"""What parliament says of every IAM document that the emulator holds after an up.

Parliament, because it knows actions, resource forms and condition keys of each service without an account and is a
library; the console's own check and Access Analyzer need one, and the newer validators read the network.
"""

import json
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.aws_stand_in.aws import Aws

with warnings.catch_warnings():
    # It leaves its two data files open when it is imported.
    warnings.simplefilter("ignore", ResourceWarning)
    warnings.filterwarnings("ignore", "pkg_resources is deprecated", UserWarning)
    from parliament import analyze_policy_string

ACCEPTED: Mapping[tuple[str, str], str] = {
    ("UNKNOWN_ACTION", "*'"): "a verb with a star that no action of the service has grants nothing",
    ("MISMATCHED_TYPE_BUT_USABLE", "StringEquals"): "an ARN without a star is compared as text just as well",
    ("RESOURCE_STAR", "iam:CreateServiceLinkedRole"): "bound by iam:AWSServiceName in the same statement",
    ("RESOURCE_STAR", "ecr:CreateRepository"): "who deploys makes repositories; bound by aws:RequestedRegion",
    ("RESOURCE_STAR", "iam:GetInstanceProfile"): "the boundary is a limit; it grants nothing by itself",
    ("RESOURCE_MISMATCH", "ecr:BatchImportUpstreamImage"): "its definition is older than the action's repository form",
    ("RESOURCE_MISMATCH", "ec2:RunInstances"): "one launch needs several statements, as in Karpenter's own policy",
    ("RESOURCE_MISMATCH", "ssm:GetParameter"): "public parameters have no account in their ARN",
}
"""Kind of finding and what its text holds → why it is no fault."""


def problems(aws: Aws) -> Iterator[str]:
    """Every finding that is not accepted, as `document: kind: detail`."""
    for name, document in documents(aws):
        for finding in analyze_policy_string(json.dumps(document)).findings:
            text = f"{finding.detail} {finding.location}"
            if not any(finding.issue == kind and part in text for kind, part in ACCEPTED):
                yield f"{name}: {finding.issue}: {finding.detail}"


def documents(aws: Aws) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every document of a role or a policy of our own."""
    iam = aws.client("iam")
    for role in iam.get_account_authorization_details(Filter=["Role"])["RoleDetailList"]:
        for policy in role["RolePolicyList"]:
            yield f"{role['RoleName']}/{policy['PolicyName']}", policy["PolicyDocument"]
    for policy in iam.list_policies(Scope="Local")["Policies"]:
        version = iam.get_policy_version(PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"])
        yield policy["PolicyName"], version["PolicyVersion"]["Document"]
