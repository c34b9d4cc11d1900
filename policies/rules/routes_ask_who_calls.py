"""The policy that really holds for a route asks who calls, and lets nobody in who is not named.

The most specific policy wins: one that gives a route CORS and nothing else takes the Gateway's authentication away.
"""

from collections.abc import Iterator

from mechanics.attached import CLIENT_POLICY, READS, SECURITY, Attached, leads_somewhere
from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import ROUTE

WAYS = ("apiKeyAuth", "jwt", "oidc", "extAuth", "basicAuth")
CERTIFICATE = "spec.tls.clientValidation"


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return routes to a backend that anybody may call."""
    access, clients = Attached(stack, SECURITY), Attached(stack, CLIENT_POLICY)
    leading = [route for route in stack.of(ROUTE) if leads_somewhere(route)]
    return [
        violation for route in leading for violation in _route(route, access.holding(route), clients.holding(route))
    ]


def _route(route: Resource, policies: list[Resource], clients: list[Resource]) -> Iterator[Violation]:
    known_by_certificate = any(each.mapping(CERTIFICATE) for each in clients)
    asking = [each for each in policies if any(each.mapping(f"spec.{way}") for way in WAYS)]
    if not policies and not known_by_certificate:
        problem = "no SecurityPolicy holds for the route, so anybody may call it"
        yield route.violation("spec.parentRefs", problem, "add a SecurityPolicy for it with apiKeyAuth")
    elif not asking and not known_by_certificate:
        problem = f"the policy of {route.type.kind} {route.name} asks nobody who calls"
        if len(policies) == 1:
            problem += ", and takes the place of the Gateway's"
        yield policies[0].violation("spec", problem, "add apiKeyAuth to it, or delete it")
    for each in asking:
        keys = each.part("spec.apiKeyAuth")
        if keys.props and keys.get("sanitize") is not True:
            yield keys.violation("sanitize", "the caller's key is sent on to the model server", "set it to true")
        if each.get("spec.authorization.defaultAction") == "Allow":
            problem = "every known client may call every model"
            yield each.violation("spec.authorization.defaultAction", problem, 'set it to "Deny"')


RULE = StackRule(
    id="route-policy-effective",
    claim="The policy that holds for a route asks who calls.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*ROUTE, *SECURITY, *CLIENT_POLICY),
    reads=(
        *READS,
        *("spec.mergeType", "spec.authorization.defaultAction", "spec.rules.backendRefs", CERTIFICATE),
        *(f"spec.{way}" for way in WAYS),
    ),
    unknown=WhenUnknown.CLOSED,
    standards=("APIGateway.8", "AWS-0004"),
    check=check,
)
