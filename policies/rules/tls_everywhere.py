"""Every hop from a client to the cluster speaks TLS 1.2 or newer and checks who answers."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation, shown
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import one_of

LISTENER = one_of("aws/lb", "Listener")
TARGETS = one_of("aws/lb", "TargetGroup")
DOMAIN = one_of("aws/apigatewayv2", "DomainName")
INTEGRATION = one_of("aws/apigatewayv2", "Integration")
ENCRYPTED = ("TLS", "HTTPS")
NEWEST = "TLS13-1-2"


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return hops that are not encrypted, or with something old."""
    checks = ((LISTENER, _listener), (TARGETS, _targets), (DOMAIN, _domain), (INTEGRATION, _integration))
    found = (problem for types, find in checks if resource.is_a(types) for problem in find(resource))
    return [resource.violation(*problem) for problem in found]


def _listener(resource: Resource) -> Iterator[tuple[str, str, str]]:
    yield from _targets(resource)
    if NEWEST not in resource.text("sslPolicy"):
        problem = f"the listener's policy is {shown(resource.get('sslPolicy'))}"
        yield "sslPolicy", problem, "use ELBSecurityPolicy-TLS13-1-2-2021-06"


def _targets(resource: Resource) -> Iterator[tuple[str, str, str]]:
    if resource.get("protocol") not in ENCRYPTED:
        yield "protocol", f"the protocol is {shown(resource.get('protocol'))}", 'set it to "TLS"'


def _domain(resource: Resource) -> Iterator[tuple[str, str, str]]:
    if resource.get("domainNameConfiguration.securityPolicy") != "TLS_1_2":
        yield "domainNameConfiguration.securityPolicy", "clients may use TLS older than 1.2", 'set it to "TLS_1_2"'


def _integration(resource: Resource) -> Iterator[tuple[str, str, str]]:
    private = resource.get("connectionType") == "VPC_LINK"
    if private and not resource.get("tlsConfig.serverNameToVerify"):
        yield "tlsConfig.serverNameToVerify", "the API does not check who answers it", "name the certificate's domain"


RULE = ResourceRule(
    id="tls-min-version",
    claim="Every hop to the cluster speaks TLS 1.2 or newer.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*LISTENER, *TARGETS, *DOMAIN, *INTEGRATION),
    reads=("protocol", "sslPolicy", "domainNameConfiguration.securityPolicy", "tlsConfig"),
    unknown=WhenUnknown.OPEN,
    standards=("APIGateway.10", "APIGateway.11", "ELB.17", "CKV_AWS_103", "CKV_AWS_206", "AWS-0005", "AWS-0047"),
    check=check,
)
