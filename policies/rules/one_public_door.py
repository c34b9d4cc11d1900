"""Requests from outside come through the API's domain: no balancer faces the internet, no second address is open."""

from mechanics.facts import Config, Stack, Violation
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import BALANCER, one_of

API = one_of("aws/apigatewayv2", "Api")
DOMAIN = one_of("aws/apigatewayv2", "DomainName")


def check(stack: Stack, config: Config) -> list[Violation]:
    """Return the doors beside the one that is meant."""
    fix = "set internal to true and go through the API"
    found = [
        each.violation("internal", "the load balancer faces the internet", fix)
        for each in stack.of(BALANCER)
        if each.get("internal") is not True and not config["publicBalancer"]
    ]
    if stack.of(DOMAIN):
        problem = "the API answers at its own address too, past the domain's certificate and firewall"
        found += [
            each.violation("disableExecuteApiEndpoint", problem, "set it to true")
            for each in stack.of(API)
            if each.get("disableExecuteApiEndpoint") is not True
        ]
    return found


RULE = StackRule(
    id="single-public-entry",
    claim="Requests from outside have one door: the API's domain.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*BALANCER, *API, *DOMAIN),
    reads=("internal", "disableExecuteApiEndpoint"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="publicBalancer",
            schema={"type": "boolean", "description": "Whether a load balancer may face the internet, as for gRPC."},
            values=PerKind(local=False, dev=False, prod=False),
        ),
    ),
    standards=("AWS-0053", "C-0266"),
    check=check,
)
