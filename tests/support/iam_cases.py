"""What cases of IAM documents speak of: names in the account of the mocks, and the documents of each role."""

from collections import defaultdict
from functools import cache

from tests.e2e_aws.stacks import make, settings
from tests.support.recording import ACCOUNT, record

BUCKET = f"arn:aws:s3:::slipway-dev-cloud-artifacts-{ACCOUNT}-us-east-1"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
DEV_ROLE = f"arn:aws:iam::{ACCOUNT}:role/slipway/dev/reader"
PROD_ROLE = f"arn:aws:iam::{ACCOUNT}:role/slipway/prod/reader"
NODE = f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1"


@cache
def roles(stack: str) -> dict[str, list[str]]:
    """Documents of a stack by role, the role's name without its prefix."""
    graph = record(lambda: make(stack, settings(stack)))
    found: defaultdict[str, list[str]] = defaultdict(list)
    for policy in graph.of("RolePolicy"):
        found[policy.inputs["role"].removeprefix(f"slipway-{stack}-")].append(policy.inputs["policy"])
    found["boundary"] = [each.inputs["policy"] for each in graph.of("aws:iam/policy:Policy")]
    return found
