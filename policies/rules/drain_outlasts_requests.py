"""A slot that stops is given at least as long as the gateway lets a request last, so that none is cut off."""

from mechanics.facts import Config, Stack, Violation, shown
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import GATEWAY, MODEL


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return models whose grace period is shorter than the longest request, and gateways without a time limit."""
    found = []
    timeouts = []
    for gateway in stack.of(GATEWAY):
        timeout = gateway.number("spec.request_timeout_seconds")
        if timeout is None or timeout <= 0:
            problem = f"the time limit of a request is {shown(timeout, ' seconds')}, so no grace period is long enough"
            found.append(gateway.violation("spec.request_timeout_seconds", problem, "set it above 0"))
        else:
            timeouts.append(timeout)
    needed = max(timeouts, default=0)
    for model in stack.of(MODEL):
        grace = model.number("spec.grace_seconds")
        if grace is None or grace < needed:
            problem = f"the grace period is {shown(grace, ' seconds')}, and a request may last {needed:g} seconds"
            found.append(model.violation("spec.grace_seconds", problem, f"raise it to at least {needed:g}"))
    return found


RULE = StackRule(
    id="drain-contract",
    claim="A slot that stops finishes the requests it has.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*GATEWAY, *MODEL),
    reads=("spec.request_timeout_seconds", "spec.grace_seconds"),
    unknown=WhenUnknown.CLOSED,
    check=check,
)
