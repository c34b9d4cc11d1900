"""How a rule finds the policy of Envoy Gateway that holds for a route: the most specific one wins.

A policy of a route replaces the Gateway's of the same kind unless it is merged with it.
Source: https://gateway.envoyproxy.io/docs/concepts/gateway_api_extensions/
"""

from mechanics.facts import Resource, Stack
from mechanics.pods import MODEL_LABEL, labels, namespace, object_name, selects
from mechanics.tokens import Type, one_of

Policies = tuple[Type, ...]
SECURITY = one_of("kubernetes/gateway.envoyproxy.io", "SecurityPolicy")
TRAFFIC_POLICY = one_of("kubernetes/gateway.envoyproxy.io", "BackendTrafficPolicy")
CLIENT_POLICY = one_of("kubernetes/gateway.envoyproxy.io", "ClientTrafficPolicy")
READS = ("spec.targetRef", "spec.targetRefs", "spec.targetSelectors", "spec.parentRefs")


def leads_somewhere(route: Resource) -> bool:
    """Tell whether a route reaches a backend. That of a model will, when its first shift writes where to."""
    return MODEL_LABEL in labels(route) or any(rule.items("backendRefs") for rule in route.parts("spec.rules"))


def effective(stack: Stack, route: Resource, policies: Policies) -> Resource | None:
    """Return the policy that holds for a route; the Gateway's where the route has none of its own."""
    found = stack.of(policies)
    own = [each for each in found if _names(each, route)]
    gateways = {
        (parent.text("namespace") or namespace(route), parent.text("name")) for parent in route.parts("spec.parentRefs")
    }
    above = [each for each in found if any(_names_gateway(each, *gateway) for gateway in gateways)]
    return next(iter([*own, *above]), None)


def holding(stack: Stack, route: Resource, policies: Policies) -> list[Resource]:
    """Return the policy of a route and, where the two are merged, the Gateway's too."""
    first = effective(stack, route, policies)
    if first is None or not first.get("spec.mergeType"):
        return [first] if first else []
    others = Stack(tuple(each for each in stack.resources if not (each.is_a(policies) and _names(each, route))))
    above = effective(others, route, policies)
    return [first, above] if above else [first]


def _targets(policy: Resource) -> list[Resource]:
    alone = policy.part("spec.targetRef")
    return [*policy.parts("spec.targetRefs"), *([alone] if alone.props else [])]


def _names(policy: Resource, route: Resource) -> bool:
    if namespace(policy) != namespace(route):
        return False
    kind = route.type.kind
    named = any(each.get("kind") == kind and each.get("name") == object_name(route) for each in _targets(policy))
    chosen = any(
        each.get("kind") == kind and selects(each.mapping("matchLabels"), labels(route))
        for each in policy.parts("spec.targetSelectors")
    )
    return named or chosen


def _names_gateway(policy: Resource, space: str, name: str) -> bool:
    here = namespace(policy) == space
    return here and any(each.get("kind") == "Gateway" and each.get("name") == name for each in _targets(policy))
