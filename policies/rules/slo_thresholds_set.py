"""A shift knows what bad is: limits on errors and latency, absolute and against the other slot."""

from mechanics.facts import Config, Resource, Violation, shown
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import MODEL

SHARES = ("spec.shift.max_error_rate", "spec.shift.max_error_rate_difference")
LATENCIES = ("spec.shift.max_p99_ms", "spec.shift.max_p99_ratio")


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return limits of the shift that are missing, or too wide to stop anything."""
    largest = float(config["maxErrorRate"])
    if not resource.mapping("spec.shift"):
        return []
    return [
        *(
            resource.violation(
                path, f"the limit is {shown(resource.get(path))}", f"set it above 0, to at most {largest:g}"
            )
            for path in SHARES
            if not 0 < (resource.number(path) or 0) <= largest
        ),
        *(
            resource.violation(path, f"the limit is {shown(resource.get(path))}", "set it above 0")
            for path in LATENCIES
            if not (resource.number(path) or 0) > 0
        ),
    ]


RULE = ResourceRule(
    id="slo-thresholds-set",
    claim="Every shift has limits on errors and latency.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=MODEL,
    reads=("spec.shift",),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="maxErrorRate",
            schema={"type": "number", "description": "The widest limit on the share of failed requests."},
            values=PerKind(local=0.05, dev=0.05, prod=0.05),
        ),
    ),
    check=check,
)
