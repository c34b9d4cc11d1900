"""API Gateway asks every caller for a token, except on routes that are listed because something behind them asks."""

from mechanics.facts import Config, Resource, Violation, shown
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import one_of

HEALTH = "GET /healthz"
BEHIND_ENVOY_KEYS = [HEALTH, "ANY /v2/{proxy+}"]


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return a route that anybody may call."""
    kind, route = resource.get("authorizationType"), resource.get("routeKey")
    if kind not in (None, "NONE") or route in config["openRoutes"]:
        return []
    problem = f"anybody may call the route {shown(route)}"
    return [resource.violation("authorizationType", problem, "set auth to jwt, or list the route in review")]


RULE = ResourceRule(
    id="api-route-auth-required",
    claim="Every route of the API asks for a token, or is listed as one that is asked behind it.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=one_of("aws/apigatewayv2", "Route"),
    reads=("authorizationType", "routeKey"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="openRoutes",
            schema={
                "type": "array",
                "items": {"type": "string"},
                "description": "Routes without a token: health checks, and those that the gateway's own keys guard.",
            },
            values=PerKind(local=BEHIND_ENVOY_KEYS, dev=BEHIND_ENVOY_KEYS, prod=[HEALTH]),
        ),
    ),
    standards=("APIGateway.8", "CKV_AWS_309", "AWS-0004"),
    check=check,
)
