"""What an account is asked before a cloud is made in it: whose credentials, the boundary, the zone, the GPU quotas.

An answer that the credentials do not allow is no refusal: the screen says that nobody knows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

GONE = frozenset({"NoSuchEntity", "NoSuchHostedZone"})
QUOTA_PAGE = "https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas/"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the account said of one thing.

    Args:
        says: for the screen; empty when there is nothing to add.
        missing: an `up` would fail without it.
    """

    says: str
    missing: bool = False


UNASKED = Answer(says="")


def identity(region: str) -> tuple[str, str]:
    """Return whose credentials these are, account and ARN; an empty account and the reason when nobody's."""
    try:
        caller = boto3.client("sts", region_name=region).get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        return "", str(error)
    return caller["Account"], caller["Arn"]


class Account:
    """An account that can be asked, in one region."""

    def __init__(self, region: str) -> None:
        self._region = region

    def boundary(self, arn: str) -> Answer:
        """Ask whether the policy is there that every role carries."""
        return self._exists("iam", lambda iam: iam.get_policy(PolicyArn=arn))

    def zone(self, zone_id: str) -> Answer:
        """Ask whether a hosted zone is there."""
        return self._exists("route53", lambda route53: route53.get_hosted_zone(Id=zone_id))

    def quota(self, code: str, needed: int) -> Answer:
        """Ask how many vCPUs of a kind may run. Too few is no refusal: Karpenter's nodes come long after the `up`."""
        try:
            client = boto3.client("service-quotas", region_name=self._region)
            has = client.get_service_quota(ServiceCode="ec2", QuotaCode=code)["Quota"]["Value"]
        except (BotoCoreError, ClientError) as error:
            return Answer(says=f"the account did not say how many it has ({_reason(error)})")
        if has >= needed:
            return Answer(says=f"the account has {has:g}")
        return Answer(says=f"THE ACCOUNT HAS {has:g}: ask for more at {QUOTA_PAGE}{code}")

    def _exists(self, service: str, ask: Callable[[Any], object]) -> Answer:
        try:
            ask(boto3.client(service, region_name=self._region))
        except (BotoCoreError, ClientError) as error:
            if _reason(error) in GONE:
                return Answer(says="NOT THERE", missing=True)
            return Answer(says=f"the account did not say ({_reason(error)})")
        return Answer(says="there")


def _reason(error: BotoCoreError | ClientError) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__
