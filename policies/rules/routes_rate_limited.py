"""Every route takes a limited number of requests, and each of them for a limited time."""

from collections.abc import Iterator, Mapping

from mechanics.attached import READS, TRAFFIC_POLICY, Attached, leads_somewhere
from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.quantities import seconds
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import ENVOY_PROXY, ROUTE

TIMEOUT = "spec.timeout.http.requestTimeout"
GLOBAL, LOCAL = "spec.rateLimit.global.rules", "spec.rateLimit.local.rules"
RULES = (GLOBAL, LOCAL)
KUBERNETES = "spec.provider.kubernetes"
UNIT_SECONDS: Mapping[str, float] = {"Second": 1, "Minute": 60, "Hour": 3600, "Day": 86400}


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return routes without a limit, and limits that limit nothing."""
    leading = [route for route in stack.of(ROUTE) if leads_somewhere(route)]
    limits, longest = Attached(stack, TRAFFIC_POLICY), float(config["maxTimeoutSeconds"])
    found = [violation for route in leading for violation in _route(route, limits.holding(route), longest)]
    proxies = max(map(_most_proxies, stack.of(ENVOY_PROXY)), default=1)
    most = float(config["maxPerSecond"])
    for each in stack.of(TRAFFIC_POLICY):
        found += [*_limits(each), *_sums(each, LOCAL, proxies, most), *_sums(each, GLOBAL, 1, most)]
    return found


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


def _most_proxies(proxy: Resource) -> float:
    scaled = proxy.number(f"{KUBERNETES}.envoyHpa.maxReplicas")
    return scaled or proxy.number(f"{KUBERNETES}.envoyDeployment.replicas") or 1


def _sums(policy: Resource, path: str, proxies: float, most: float) -> Iterator[Violation]:
    """A local limit is each proxy's own, so that the whole gateway lets in as many times more."""
    for rule in policy.parts(path):
        seconds_of_unit = UNIT_SECONDS.get(rule.text("limit.unit"))
        per_second = (rule.number("limit.requests") or 0) * proxies / seconds_of_unit if seconds_of_unit else 0
        if per_second > most:
            who = f"{proxies:g} proxies together let" if path == LOCAL else "the gateway lets"
            problem = f"{who} {per_second:.6g} requests a second in, and {most:g} are agreed"
            yield rule.violation("limit.requests", problem, "lower it, or raise maxPerSecond in review")


RULE = StackRule(
    id="route-rate-limit",
    claim="Every route limits how many requests it takes, and for how long.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=(*ROUTE, *TRAFFIC_POLICY, *ENVOY_PROXY),
    reads=(
        *READS,
        "spec.rateLimit",
        "spec.timeout",
        "spec.rules.backendRefs",
        "spec.rules.timeouts",
        "spec.mergeType",
        f"{KUBERNETES}.envoyDeployment.replicas",
        f"{KUBERNETES}.envoyHpa",
    ),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="maxTimeoutSeconds",
            schema={"type": "number", "description": "The longest time that a request may last."},
            values=PerKind(local=300, dev=300, prod=120),
        ),
        Option(
            name="maxPerSecond",
            schema={"type": "number", "description": "Most requests a second that one limit lets in, by all proxies."},
            values=PerKind(local=10000, dev=10000, prod=5000),
        ),
    ),
    check=check,
)
