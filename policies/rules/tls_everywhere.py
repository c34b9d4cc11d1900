"""Every hop from a client to the cluster speaks TLS 1.2 or newer and checks who answers."""

from collections.abc import Iterator

from mechanics.attached import CLIENT_POLICY
from mechanics.facts import Config, Resource, Violation, shown
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import GATEWAY_API, one_of

LISTENER = one_of("aws/lb", "Listener")
TARGETS = one_of("aws/lb", "TargetGroup")
DOMAIN = one_of("aws/apigatewayv2", "DomainName")
INTEGRATION = one_of("aws/apigatewayv2", "Integration")
ENCRYPTED = ("TLS", "HTTPS")
NEWEST = "TLS13-1-2"


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return hops that are not encrypted, or with something old."""
    if resource.is_a(GATEWAY_API):
        return list(_doors(resource, plain=bool(config["plainListeners"])))
    checks = (
        (LISTENER, _listener), (TARGETS, _targets), (DOMAIN, _domain), (INTEGRATION, _integration),
        (CLIENT_POLICY, _clients),
    )  # fmt: skip
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


def _clients(resource: Resource) -> Iterator[tuple[str, str, str]]:
    oldest = resource.get("spec.tls.minVersion")
    if oldest not in (None, "1.2", "1.3"):
        yield "spec.tls.minVersion", f"clients may use TLS {oldest}", 'set it to "1.2"'


def _doors(gateway: Resource, *, plain: bool) -> Iterator[Violation]:
    listeners = gateway.parts("spec.listeners")
    encrypted = [each for each in listeners if each.get("protocol") in ENCRYPTED]
    # Gates and shifts call from inside the cluster, by a listener that no balancer leads to.
    if not encrypted and not plain:
        problem = "no listener of the gateway speaks TLS"
        yield gateway.violation("spec.listeners", problem, "add one for HTTPS, with the Secret of a certificate")
    for each in encrypted:
        if each.get("tls.mode") != "Passthrough" and not each.items("tls.certificateRefs"):
            problem = "the gateway's listener has no certificate"
            yield each.violation("tls.certificateRefs", problem, "name the Secret of a certificate")


RULE = ResourceRule(
    id="tls-min-version",
    claim="Every hop to the cluster speaks TLS 1.2 or newer.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*LISTENER, *TARGETS, *DOMAIN, *INTEGRATION, *GATEWAY_API, *CLIENT_POLICY),
    reads=(
        *("protocol", "sslPolicy", "domainNameConfiguration.securityPolicy", "tlsConfig"),
        *("spec.listeners", "spec.tls.minVersion"),
    ),
    unknown=WhenUnknown.OPEN,
    options=(
        Option(
            name="plainListeners",
            schema={"type": "boolean", "description": "Whether a gateway inside a cluster may speak plain HTTP."},
            values=PerKind(local=True, dev=False, prod=False),
        ),
    ),
    standards=("APIGateway.10", "APIGateway.11", "ELB.17", "CKV_AWS_103", "CKV_AWS_206", "AWS-0005", "AWS-0047"),
    check=check,
)
