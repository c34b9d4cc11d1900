"""A slot that stops is given at least as long as the gateway lets a request last, so that none is cut off.

In a cluster that time has parts: the wait until every proxy knows, then the server's own, then a margin.
"""

from collections.abc import Iterator

from mechanics.command_line import flags, values
from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.pods import arguments, containers, in_containers, running_slots, template
from mechanics.quantities import quantity
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import DEPLOYMENT, GATEWAY, MODEL

GRACE = "spec.terminationGracePeriodSeconds"
EXIT_TIMEOUT = "--exit-timeout-secs"
ROLLING = "spec.strategy.rollingUpdate"
MARGIN_SECONDS = 15
# Proxies hear of a pod that ends a while after it was told to.
MIN_PRE_STOP_SECONDS = 15


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
    slots = running_slots(stack)
    return found + [violation for slot in slots for violation in (*_pod(template(slot), needed), *_update(slot))]


def _pod(pod: Resource, longest_request: float) -> Iterator[Violation]:
    servers = [each for each in containers(pod) if values(flags(arguments(each)), EXIT_TIMEOUT)]
    if not servers:
        problem = "nothing says how long the server finishes its requests"
        yield pod.violation("spec.containers", problem, f"pass {EXIT_TIMEOUT} to the server")
    for server in servers:
        sleep = server.number("lifecycle.preStop.sleep.seconds") or 0
        if sleep < MIN_PRE_STOP_SECONDS:
            problem = f"the server is told to stop {sleep:g} seconds after the proxies are told that it does"
            fix = f"sleep {MIN_PRE_STOP_SECONDS} seconds in preStop"
            yield server.violation("lifecycle.preStop.sleep.seconds", problem, fix)
        finishing = quantity(values(flags(arguments(server)), EXIT_TIMEOUT)[-1]) or 0
        if finishing < longest_request:
            problem = f"the server finishes for {finishing:g} seconds, and a request may last {longest_request:g}"
            yield server.violation("args", problem, f"raise {EXIT_TIMEOUT}")
        needed, grace = sleep + finishing + MARGIN_SECONDS, pod.number(GRACE)
        if grace is None or grace < needed:
            problem = f"the pod is killed after {shown(grace, ' seconds')}, and its stop takes up to {needed:g}"
            yield pod.violation(GRACE, problem, f"raise it to at least {needed:g}")


def _update(slot: Resource) -> Iterator[Violation]:
    if slot.get("spec.strategy.type") == "Recreate" or quantity(slot.get(f"{ROLLING}.maxUnavailable")) != 0:
        problem = "an update takes pods away before the new ones serve"
        yield slot.violation(f"{ROLLING}.maxUnavailable", problem, "set it to 0, and maxSurge to at least 1")


RULE = StackRule(
    id="drain-contract",
    claim="A slot that stops finishes the requests it has.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*GATEWAY, *MODEL, *DEPLOYMENT),
    reads=(
        *("spec.request_timeout_seconds", "spec.grace_seconds", "spec.strategy", f"spec.template.{GRACE}"),
        *in_containers("lifecycle", "args", "command"),
    ),
    unknown=WhenUnknown.CLOSED,
    check=check,
)
