"""Every route takes a limited number of requests, and each of them for a limited time."""

from collections.abc import Iterator

from mechanics.attached import READS, TRAFFIC_POLICY, Attached, leads_somewhere
from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.quantities import seconds
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import ROUTE

TIMEOUT = "spec.timeout.http.requestTimeout"
RULES = ("spec.rateLimit.global.rules", "spec.rateLimit.local.rules")


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return routes without a limit, and limits that limit nothing."""
    leading = [route for route in stack.of(ROUTE) if leads_somewhere(route)]
    limits, longest = Attached(stack, TRAFFIC_POLICY), float(config["maxTimeoutSeconds"])
    found = [violation for route in leading for violation in _route(route, limits.holding(route), longest)]
    return found + [violation for each in stack.of(TRAFFIC_POLICY) for violation in _limits(each)]


def _route(route: Resource, policies: list[Resource], longest: float) -> Iterator[Violation]:
    if not any(each.parts(path) for each in policies for path in RULES):
        problem = "the route takes any number of requests"
        yield route.violation(
            "spec.parentRefs", problem, "give it, or its Gateway, a BackendTrafficPolicy with rateLimit"
        )
    given = [each.get(TIMEOUT) for each in policies]
    own = [rule.get("timeouts.request") for rule in route.parts("spec.rules")]
    times = [time for each in (*given, *own) if (time := seconds(each))]
    if not times or max(times) > longest:
        problem = f"a request may last {shown(max(times), ' seconds')}" if times else "a request may last for ever"
        yield route.violation("spec.rules", problem, f"set {TIMEOUT} to at most {longest:g}s")


def _limits(policy: Resource) -> Iterator[Violation]:
    for rule in (rule for path in RULES for rule in policy.parts(path)):
        if not (rule.number("limit.requests") or 0) > 0:
            problem = f"the limit is {shown(rule.get('limit.requests'))} requests"
            yield rule.violation("limit.requests", problem, "set it above 0")


RULE = StackRule(
    id="route-rate-limit",
    claim="Every route limits how many requests it takes, and for how long.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*ROUTE, *TRAFFIC_POLICY),
    reads=(*READS, "spec.rateLimit", "spec.timeout", "spec.rules.backendRefs", "spec.rules.timeouts", "spec.mergeType"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="maxTimeoutSeconds",
            schema={"type": "number", "description": "The longest time that a request may last."},
            values=PerKind(local=300, dev=300, prod=120),
        ),
    ),
    check=check,
)
