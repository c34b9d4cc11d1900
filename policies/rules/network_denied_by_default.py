"""Pods reach, and are reached by, only what somebody wrote down; a model server is reached at its own ports only."""

from collections.abc import Iterator

from mechanics.facts import Config, Resource, Stack, Violation
from mechanics.pods import Selection, component, namespace
from mechanics.quantities import quantity
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import POD, one_of

POLICY = one_of("kubernetes/networking.k8s.io", "NetworkPolicy")
OLD_POLICY = one_of("kubernetes/extensions", "NetworkPolicy")
SIDES = ("Ingress", "Egress")
EVERYWHERE = ("0.0.0.0/0", "::/0")
METADATA_SERVICE = "169.254.169.254/32"
DNS_PORT = 53
SERVED_PORTS = {8000, 8001, 8002, "http", "grpc", "metrics"}


def check(stack: Stack, _config: Config) -> list[Violation]:
    """Return pods that no policy closes, and policies that open more than they should."""
    policies = stack.of((*POLICY, *OLD_POLICY))
    selection = Selection(policies, "spec.podSelector.matchLabels")
    for_all = [each for each in policies if each.get("spec.podSelector") == {}]
    found: list[Violation] = []
    serving: set[str] = set()
    for each in stack.of(POD):
        own = [*(one for one in for_all if namespace(one) == namespace(each)), *selection.of(each)]
        found += _unclosed(each, own)
        serving |= {one.urn for one in own if component(each) == "model"}
    return found + [
        violation for each in policies for violation in (*_ingress(each, serving=each.urn in serving), *_egress(each))
    ]


def _unclosed(workload: Resource, own: list[Resource]) -> Iterator[Violation]:
    for side in SIDES:
        if not any(side in each.items("spec.policyTypes") for each in own):
            problem = f"no NetworkPolicy of namespace {namespace(workload)} closes {side.lower()} for these pods"
            yield workload.violation("metadata.namespace", problem, "add a policy for all pods that allows nothing")


def _ingress(policy: Resource, *, serving: bool) -> Iterator[Violation]:
    for rule in policy.parts("spec.ingress"):
        if not rule.items("from") or _reaches_everywhere(rule, "from"):
            yield rule.violation("from", "anybody may come in", "name the namespaces and pods that may")
        ports = {each.text("port") or each.number("port") for each in rule.parts("ports")}
        if serving and not (ports and ports <= SERVED_PORTS):
            yield rule.violation("ports", "more than a model server's ports is open", "list 8000, 8001 or 8002")


def _egress(policy: Resource) -> Iterator[Violation]:
    for rule in policy.parts("spec.egress"):
        ports = {quantity(each.get("port")) for each in rule.parts("ports")}
        if not rule.items("to") and ports != {DNS_PORT}:
            yield rule.violation("to", "pods may go anywhere", "name where they may go; only DNS needs no name")
        for peer in rule.parts("to"):
            if peer.get("ipBlock.cidr") in EVERYWHERE and METADATA_SERVICE not in peer.items("ipBlock.except"):
                problem = "pods may ask the node's metadata service for its role"
                yield peer.violation("ipBlock.except", problem, f"except {METADATA_SERVICE}")


def _reaches_everywhere(rule: Resource, side: str) -> bool:
    return any(peer.get("ipBlock.cidr") in EVERYWHERE for peer in rule.parts(side))


RULE = StackRule(
    id="network-default-deny",
    claim="Pods reach, and are reached by, only what is written down.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.DISABLED, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*POLICY, *OLD_POLICY, *POD),
    reads=("spec.podSelector", "spec.policyTypes", "spec.ingress", "spec.egress", "metadata.namespace"),
    unknown=WhenUnknown.OPEN,
    standards=("CIS 4.3.2", "CIS 5.4.4", "CKV2_K8S_6", "C-0260", "C-0030", "NSA/CISA: network separation"),
    check=check,
)
