"""Fast snapshot restore costs more than a GPU node; nobody gets it without having agreed."""

from mechanics.facts import Config, Resource, Violation
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import one_of

USD_PER_MONTH = 548


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return a fast restore that nobody accepted."""
    if config["accepted"]:
        return []
    problem = f"fast snapshot restore costs about {USD_PER_MONTH} USD a month in each zone"
    fix = "use init_rate_mibps instead, or accept it in the policy configuration in review"
    return [resource.violation("availabilityZone", problem, fix)]


RULE = ResourceRule(
    id="fast-restore-accepted",
    claim="No snapshot is restored fast without somebody having accepted its price.",
    severity=Severity.MEDIUM,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=one_of("aws/ebs", "FastSnapshotRestore"),
    reads=(),
    unknown=WhenUnknown.OPEN,
    options=(
        Option(
            name="accepted",
            schema={"type": "boolean", "description": "Whether the price of fast snapshot restore is accepted."},
            values=PerKind(local=False, dev=False, prod=False),
        ),
    ),
    check=check,
)
