"""No security group lets the whole internet in, and the default group of a network lets nobody in."""

from mechanics.facts import Config, Resource, Value, Violation, shown
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import one_of

EVERYONE = ("0.0.0.0/0", "::/0")
DEFAULT_GROUP = one_of("aws/ec2", "DefaultSecurityGroup")
GROUP = one_of("aws/ec2", "SecurityGroup", "SecurityGroupRule")
INGRESS = one_of("aws/vpc", "SecurityGroupIngressRule")

_FIX = "name the ranges or the security group that may call"


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return the rules that let everyone in."""
    if resource.is_a(DEFAULT_GROUP):
        sides = [side for side in ("ingress", "egress") if resource.items(side)]
        problem = "the network's default group has rules, so whatever names no group is reachable"
        return [resource.violation(side, problem, "leave the default group empty") for side in sides]
    return [
        resource.violation(path, f"{shown(value)} lets everyone in", _FIX)
        for path, value in (
            ("cidrIpv4", resource.get("cidrIpv4")),
            ("cidrIpv6", resource.get("cidrIpv6")),
            *_inline(resource),
        )
        if value in EVERYONE
    ]


def _inline(resource: Resource) -> list[tuple[str, Value]]:
    if resource.get("type") == "ingress":
        return [(key, value) for key in ("cidrBlocks", "ipv6CidrBlocks") for value in resource.items(key)]
    return [
        (f"ingress[{index}].{key}", value)
        for index, rule in enumerate(resource.items("ingress"))
        if isinstance(rule, dict)
        for key in ("cidrBlocks", "ipv6CidrBlocks")
        for value in rule.get(key) or ()
    ]


RULE = ResourceRule(
    id="no-ingress-from-everyone",
    claim="No security group lets the whole internet in.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*INGRESS, *GROUP, *DEFAULT_GROUP),
    reads=("cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks", "ingress", "egress"),
    unknown=WhenUnknown.OPEN,
    standards=("EC2.2", "EC2.18", "EC2.19", "CKV2_AWS_12", "AWS-0107"),
    check=check,
)
