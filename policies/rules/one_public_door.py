"""Requests from outside come through the API's domain: no balancer faces the internet, no second address is open."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Violation, shown
from mechanics.rule import Level, Option, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import BALANCER, ENVOY_PROXY, ROUTE, SERVICE, one_of

API = one_of("aws/apigatewayv2", "Api")
INGRESS = (*one_of("kubernetes/networking.k8s.io", "Ingress"), *one_of("kubernetes/extensions", "Ingress"))
PROXY_SERVICE = "spec.provider.kubernetes.envoyService.type"
METRICS_PORT = 8002
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
    return found + [violation for each in stack.resources for violation in _in_a_cluster(each, config)]


def _in_a_cluster(resource: Resource, config: Config) -> Iterator[Violation]:
    if resource.is_a(INGRESS):
        yield resource.violation("spec", "an Ingress is a second door", "make a route of the gateway instead")
    elif resource.is_a(SERVICE) and resource.get("spec.type") not in (None, "ClusterIP"):
        problem = f"the Service can be reached from outside: {shown(resource.get('spec.type'))}"
        yield resource.violation("spec.type", problem, 'set it to "ClusterIP" and go through the gateway')
    elif resource.is_a(ENVOY_PROXY) and resource.get(PROXY_SERVICE) not in config["gatewayServices"]:
        # Without a type Envoy Gateway makes a balancer, which faces the internet wherever there is one.
        problem = f"the gateway's Service is {shown(resource.get(PROXY_SERVICE))}"
        yield resource.violation(PROXY_SERVICE, problem, f"set it to {' or '.join(config['gatewayServices'])}")
    elif resource.is_a(ROUTE):
        for backend in (each for rule in resource.parts("spec.rules") for each in rule.parts("backendRefs")):
            if backend.get("port") == METRICS_PORT:
                yield backend.violation("port", "the route shows a model server's metrics", "lead to 8000 or 8001")


RULE = StackRule(
    id="single-public-entry",
    claim="Requests from outside have one door: the API's domain, or the gateway of a cluster.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*BALANCER, *API, *DOMAIN, *INGRESS, *SERVICE, *ENVOY_PROXY, *ROUTE),
    reads=("internal", "disableExecuteApiEndpoint", "spec.type", PROXY_SERVICE, "spec.rules.backendRefs.port"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="publicBalancer",
            schema={"type": "boolean", "description": "Whether a load balancer may face the internet, as for gRPC."},
            values=PerKind(local=False, dev=False, prod=False),
        ),
        Option(
            name="gatewayServices",
            schema={
                "type": "array",
                "items": {"type": "string"},
                "description": "What the Service of a cluster's gateway may be.",
            },
            values=PerKind(local=["ClusterIP", "NodePort"], dev=["ClusterIP", "NodePort"], prod=["ClusterIP"]),
        ),
    ),
    standards=("AWS-0053", "C-0266"),
    check=check,
)
