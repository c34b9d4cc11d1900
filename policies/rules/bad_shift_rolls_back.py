"""A shift that finds the candidate bad, or finds nothing out, puts the traffic back by itself and in bounded time."""

import re

from mechanics.facts import Config, Resource, Value, Violation, shown
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import MODEL, TRAFFIC

_ABORTING = re.compile(r"abort|rollback|roll_back|on_breach|on_failure|enforce")
_OFF = frozenset({"off", "none", "never", "ignore", "continue", "advance", "disabled"})


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return what keeps a shift from going back."""
    shift = "plan" if resource.is_a(TRAFFIC) else "spec.shift"
    if not resource.mapping(shift):
        return []
    allowed, longest = list(config["onThinTraffic"]), float(config["maxHoldSeconds"])
    thin, hold = resource.text(f"{shift}.on_thin_traffic"), resource.number(f"{shift}.max_hold_seconds")
    found = []
    if thin not in allowed:
        problem = f'on thin traffic the shift would "{thin}"' if thin else "nothing says what thin traffic means"
        found.append(resource.violation(f"{shift}.on_thin_traffic", problem, f"set it to {' or '.join(allowed)}"))
    if hold is None or not 0 < hold <= longest:
        problem = f"the longest wait for requests is {shown(hold, ' seconds')}"
        fix = f"set it above 0, to at most {longest:g}"
        found.append(resource.violation(f"{shift}.max_hold_seconds", problem, fix))
    found += [
        resource.violation(f"{shift}.{key}", f"{key} is {shown(value)}, which keeps a bad release", "remove it")
        for key, value in resource.mapping(shift).items()
        if _ABORTING.search(key) and _is_off(value)
    ]
    return found


def _is_off(value: Value) -> bool:
    return value is False or (isinstance(value, str) and value.lower() in _OFF)


RULE = ResourceRule(
    id="auto-rollback-on",
    claim="A shift goes back by itself on bad figures and on none.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*MODEL, *TRAFFIC),
    reads=("spec.shift", "plan"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="onThinTraffic",
            schema={
                "type": "array",
                "items": {"type": "string"},
                "description": "What a shift may do when a step gets too few requests to be judged.",
            },
            values=PerKind(local=["advance", "hold_failing"], dev=["advance", "hold_failing"], prod=["hold_failing"]),
        ),
        Option(
            name="maxHoldSeconds",
            schema={"type": "number", "description": "The longest time that a step may wait for requests."},
            values=PerKind(local=3600, dev=3600, prod=3600),
        ),
    ),
    check=check,
)
