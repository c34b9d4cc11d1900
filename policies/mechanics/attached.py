"""How a rule finds the policy of Envoy Gateway that holds for a route: the most specific one wins.

A policy of a route replaces the Gateway's of the same kind unless it is merged with it.
Source: https://gateway.envoyproxy.io/docs/concepts/gateway_api_extensions/
"""

from mechanics.facts import Resource, Stack
from mechanics.pods import MODEL_LABEL, Identity, identity, labels, namespace, selects
from mechanics.tokens import Type, one_of

Policies = tuple[Type, ...]
SECURITY = one_of("kubernetes/gateway.envoyproxy.io", "SecurityPolicy")
TRAFFIC_POLICY = one_of("kubernetes/gateway.envoyproxy.io", "BackendTrafficPolicy")
CLIENT_POLICY = one_of("kubernetes/gateway.envoyproxy.io", "ClientTrafficPolicy")
READS = ("spec.targetRef", "spec.targetRefs", "spec.targetSelectors", "spec.parentRefs")


def leads_somewhere(route: Resource) -> bool:
    """Tell whether a route reaches a backend. That of a model will, when its first shift writes where to."""
    return MODEL_LABEL in labels(route) or any(rule.items("backendRefs") for rule in route.parts("spec.rules"))


class Attached:
    """The policies of one kind in a stack, by what they are attached to."""

    def __init__(self, stack: Stack, types: Policies) -> None:
        self._named: dict[Identity, list[Resource]] = {}
        self._choosing: list[tuple[str, Resource, Resource]] = []
        for policy in stack.of(types):
            for target in _targets(policy):
                key = (namespace(policy), target.text("kind"), target.text("name"))
                self._named.setdefault(key, []).append(policy)
            for selector in policy.parts("spec.targetSelectors"):
                self._choosing.append((namespace(policy), selector, policy))

    def holding(self, route: Resource) -> list[Resource]:
        """Return the policy that holds for a route, and where it is merged with the Gateway's, that too."""
        found = [*self._own(route)[:1], *self._above(route)[:1]]
        return found if found and found[0].get("spec.mergeType") else found[:1]

    def _own(self, route: Resource) -> list[Resource]:
        named = self._named.get(identity(route), [])
        return [*named, *(policy for space, selector, policy in self._choosing if _chooses(space, selector, route))]

    def _above(self, route: Resource) -> list[Resource]:
        return [
            policy
            for parent in route.parts("spec.parentRefs")
            for policy in self._named.get(
                (parent.text("namespace") or namespace(route), "Gateway", parent.text("name")), ()
            )
        ]


def _targets(policy: Resource) -> list[Resource]:
    alone = policy.part("spec.targetRef")
    return [*policy.parts("spec.targetRefs"), *([alone] if alone.props else [])]


def _chooses(space: str, selector: Resource, route: Resource) -> bool:
    same = space == namespace(route) and selector.get("kind") == route.type.kind
    return same and selects(selector.mapping("matchLabels"), labels(route))
