"""The Kubernetes API answers inside the network, and outside it only the ranges that somebody listed."""

import ipaddress
from collections.abc import Iterator

from mechanics.facts import Config, Resource, Value, Violation, shown
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import CLUSTER

WIDEST_PREFIX = 8


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return what opens a cluster's API to more than it needs."""
    return [
        resource.violation(path, problem, fix)
        for path, problem, fix in (*_endpoint(resource, config), *_entry(resource))
    ]


def _endpoint(resource: Resource, config: Config) -> Iterator[tuple[str, str, str]]:
    if resource.get("vpcConfig.endpointPrivateAccess") is not True:
        yield "vpcConfig.endpointPrivateAccess", "nodes would call the API over the internet", "set it to true"
    if resource.get("vpcConfig.endpointPublicAccess") is False:
        return
    ranges = resource.items("vpcConfig.publicAccessCidrs")
    if not config["allowPublic"]:
        yield "vpcConfig.endpointPublicAccess", "the Kubernetes API is public", "set cluster.api to private"
    elif not ranges:
        path = "vpcConfig.publicAccessCidrs"
        yield path, "the Kubernetes API is public to everyone", "list your office and CI ranges, or use private"
    for value in filter(_is_everyone, ranges):
        problem = f"{shown(value)} opens the Kubernetes API to everyone"
        yield "vpcConfig.publicAccessCidrs", problem, "list your office and CI ranges, or use private"


def _entry(resource: Resource) -> Iterator[tuple[str, str, str]]:
    if resource.get("accessConfig.authenticationMode") != "API":
        mode = shown(resource.get("accessConfig.authenticationMode"))
        path = "accessConfig.authenticationMode"
        yield path, f"authentication mode is {mode}, which a config map in the cluster decides too", 'set it to "API"'
    if resource.get("accessConfig.bootstrapClusterCreatorAdminPermissions") is not False:
        path = "accessConfig.bootstrapClusterCreatorAdminPermissions"
        yield path, "whoever creates the cluster stays its admin, listed nowhere", "set it to false and list admins"


def _is_everyone(value: Value) -> bool:
    try:
        return ipaddress.ip_network(str(value), strict=False).prefixlen < WIDEST_PREFIX
    except ValueError:
        return True


RULE = ResourceRule(
    id="eks-endpoint-private",
    claim="The Kubernetes API is private, or open to listed ranges where that is allowed.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=CLUSTER,
    reads=(
        "vpcConfig.endpointPrivateAccess",
        "vpcConfig.endpointPublicAccess",
        "vpcConfig.publicAccessCidrs",
        "accessConfig",
    ),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="allowPublic",
            schema={"type": "boolean", "description": "Whether listed ranges outside the network may call the API."},
            values=PerKind(local=True, dev=True, prod=False),
        ),
    ),
    standards=("EKS.1", "CIS 5.4.1", "CIS 5.4.2", "CKV_AWS_38", "CKV_AWS_39", "AWS-0040", "AWS-0041", "C-0228"),
    check=check,
)
