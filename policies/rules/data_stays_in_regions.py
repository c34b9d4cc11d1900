"""Nothing stands in a region that nobody agreed to."""

from mechanics.facts import Config, Stack, Violation, shown
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import AWS_PROVIDER

AGREED = ["eu-central-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-2"]


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return providers and resources in a region that is not on the list."""
    placed = [each for each in stack.resources if each.is_a(AWS_PROVIDER) or each.type.group.startswith("aws/")]
    return [
        each.violation("region", f"the region {shown(each.get('region'))} is not on the list", "take a listed region")
        for each in placed
        if each.get("region") is not None and each.get("region") not in config["allowedRegions"]
    ]


RULE = StackRule(
    id="data-location",
    claim="Everything stands in a region that is on the list.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=AWS_PROVIDER,
    reads=("region",),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="allowedRegions",
            schema={"type": "array", "items": {"type": "string"}, "description": "Regions that data may stand in."},
            values=PerKind(local=AGREED, dev=AGREED, prod=AGREED),
        ),
    ),
    standards=("GDPR Art. 44-46",),
    check=check,
)
