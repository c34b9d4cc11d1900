"""Pods reach, and are reached by, only what somebody wrote down; a model server is reached at its own ports only."""

from collections.abc import Iterator

from mechanics.addresses import METADATA_SERVICE, is_everybody, reaches_metadata
from mechanics.facts import Config, Resource, Stack, Value, Violation
from mechanics.pods import Selection, component, namespace
from mechanics.quantities import quantity
from mechanics.rule import Level, PerKind, Severity, StackRule, WhenUnknown
from mechanics.tokens import POD, one_of

POLICY = one_of("kubernetes/networking.k8s.io", "NetworkPolicy")
OLD_POLICY = one_of("kubernetes/extensions", "NetworkPolicy")
SIDES = ("Ingress", "Egress")
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
        if not rule.items("from") or any(map(_is_anybody, rule.parts("from"))):
            yield rule.violation("from", "anybody may come in", "name the namespaces and pods that may")
        ports = _ports(rule)
        if serving and not (ports and ports <= SERVED_PORTS):
            yield rule.violation("ports", "more than a model server's ports is open", "list 8000, 8001 or 8002")


def _egress(policy: Resource) -> Iterator[Violation]:
    for rule in policy.parts("spec.egress"):
        peers = rule.parts("to")
        if (not peers or any(map(_is_every_pod, peers))) and _ports(rule) != {DNS_PORT}:
            yield rule.violation("to", "pods may go anywhere", "name where they may go; only DNS needs no name")
        for peer in peers:
            block = peer.part("ipBlock")
            if block.props and reaches_metadata(block.get("cidr"), block.items("except")):
                problem = "pods may ask the node's metadata service for its role"
                yield block.violation("except", problem, f"except {' or '.join(map(str, METADATA_SERVICE))}")


def _ports(rule: Resource) -> set[Value]:
    """Return the ports of a rule, and the last one of each range."""
    found = rule.parts("ports")
    last = {quantity(each.get("endPort")) for each in found} - {None}
    return {each.text("port") or quantity(each.get("port")) for each in found} | last


def _is_anybody(peer: Resource) -> bool:
    block = peer.part("ipBlock")
    return is_everybody(block.get("cidr")) if block.props else _is_every_pod(peer)


def _is_every_pod(peer: Resource) -> bool:
    """Tell whether a peer is every pod of the cluster. One that selects pods only stays in its own namespace."""
    if peer.mapping("ipBlock") or _names_some(peer.part("podSelector")):
        return False
    return not _names_some(peer.part("namespaceSelector")) and (
        peer.get("namespaceSelector") is not None or peer.get("podSelector") is None
    )


def _names_some(selector: Resource) -> bool:
    """Tell whether a selector says what is chosen, and not only what is not."""
    chosen = (each.get("operator") in {"In", "Exists"} for each in selector.parts("matchExpressions"))
    return bool(selector.mapping("matchLabels")) or any(chosen)


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
