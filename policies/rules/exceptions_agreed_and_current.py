"""Every exception from a rule has a reason, an owner and a last day, and that day has not passed."""

from datetime import UTC, datetime

from mechanics import exceptions
from mechanics.facts import Config, Stack, Violation
from mechanics.registry import load
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return the entries of the exceptions file that are incomplete, over, or for no rule."""
    rules = {rule.id for rule in load()}
    today = datetime.now(UTC).date()
    fix = "complete the entry or renew it in review, or delete it and mend what it excused"
    return [
        stack.violation(f"exceptions.toml, entry {number}", f"an exception excuses nothing: {problem}", fix)
        for number, entry in enumerate(exceptions.shipped(), 1)
        for problem in entry.problems(rules, today)
    ]


RULE = StackRule(
    id="exceptions-in-order",
    claim="Every exception from a rule has a reason, an owner and a last day that has not passed.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(),
    reads=(),
    unknown=WhenUnknown.CLOSED,
    check=check,
)
