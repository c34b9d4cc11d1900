"""The account that a test's stack is made in: what must be there before, and what may be there after."""

from typing import Any

from components.aws.cluster_spec import cluster_name
from components.aws.leaks import Place, account, leaks
from infra.aws_presets import merged
from tests.e2e_aws.stacks import settings
from tests.support.aws_stand_in.aws import Aws
from tests.support.aws_stand_in.leftovers import leftovers
from tests.support.aws_stand_in.server import StandIn


def with_zone(aws: Aws, platform: dict[str, Any]) -> dict[str, Any]:
    """The same platform with a hosted zone that the account has: zones are made by hand, before any stack."""
    if platform["edge"] == "none":
        return platform
    domain = platform["edge"]["domain"]
    zone = aws.client("route53").create_hosted_zone(Name=domain, CallerReference=domain)["HostedZone"]["Id"]
    return merged(platform, {"edge": {"zone_id": zone.removeprefix("/hostedzone/")}})


def dev_platform(stand_in: StandIn, **changes: Any) -> dict[str, Any]:
    """The platform of dev, with changes, and with a hosted zone that the account has."""
    return with_zone(stand_in.aws, settings("dev", **changes))


def leaked(stand_in: StandIn, stack: str) -> list[str]:
    """What the leak check of the product finds of a stack."""
    suffix = settings(stack).get("cluster", {}).get("name_suffix", "")
    ask = account("us-east-1", stand_in.aws.client)
    return list(leaks(Place(stack=stack, cluster=cluster_name(stack, suffix)), ask))


def nothing_left(stand_in: StandIn, stack: str = "dev") -> None:
    """Fail when something is still there after a destroy."""
    assert leftovers(stand_in.aws) == [], "a destroyed stack must leave nothing that costs money"
    assert stand_in.provider.life_cycle.alive == {}
    assert leaked(stand_in, stack) == []
