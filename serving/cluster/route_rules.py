"""The weights of a model's slots within the rules of its HTTPRoute or GRPCRoute. Plain documents; no API here.

A rule's backends are Services, one a slot, named after the route: `digits-blue` for slot blue of route `digits`.

Source: https://gateway-api.sigs.k8s.io/reference/spec/#backendref
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from serving.cluster.eased import percent

Rules = Sequence[Mapping[str, Any]]

LIVE, PREVIOUS = "slipway.dev/live", "slipway.dev/previous"
"""Annotations of the HTTPRoute: `slot@sha256` of what is live, and of what was before."""
OWNER = "slipway.dev/shift"
"""Annotation of both routes: the shift that began last, the only one that may write them."""
WEIGHT_BY_DEFAULT = 1


def weighted(rules: Rules, model: str, weights: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return rules with the weights of a model's slots in force; slots that are not named get 0.

    Args:
        rules: the template; what else it holds stays as it is.
        model: the model's name on the cluster, which its Services' names begin with.
        weights: slot to its share, of whatever sum.
    """
    return [
        {**rule, "backendRefs": [_weighted(backend, model, weights) for backend in rule["backendRefs"]]}
        if "backendRefs" in rule
        else dict(rule)
        for rule in rules
    ]


def weights_of(rules: Rules, model: str) -> dict[str, int]:
    """Read the weights of a model's slots, in percent, from the first rule that leads to any; empty when none does."""
    for rule in rules:
        found = {slot: backend.get("weight", WEIGHT_BY_DEFAULT) for _, slot, backend in _slots(rule, model)}
        if found:
            return percent(found)
    return {}


def clusters_of(route: str, rules: Rules, model: str, slot: str) -> list[str]:
    """Name the clusters of Envoy that lead to a slot.

    Envoy Gateway gives every backend of a rule a cluster of its own when backends have filters of their own. One whose
    weight is 0 has no cluster: it is made when the weight becomes more, and begins to count then.

    Args:
        route: kind, namespace and name, such as `httproute/models/digits`.
        rules: its rules.
        model: the model's name on the cluster.
        slot: the slot.

    Source: https://github.com/envoyproxy/gateway/blob/v1.9.1/internal/gatewayapi/helpers.go
    """
    return [
        f"{route}/rule/{rule_index}/backend/{index}"
        for rule_index, rule in enumerate(rules)
        for index, found, _ in _slots(rule, model)
        if found == slot
    ]


def _slots(rule: Mapping[str, Any], model: str) -> Iterator[tuple[int, str, Mapping[str, Any]]]:
    for index, backend in enumerate(rule.get("backendRefs", ())):
        slot = _slot(backend, model)
        if slot:
            yield index, slot, backend


def _slot(backend: Mapping[str, Any], model: str) -> str | None:
    name = str(backend["name"])
    return name.removeprefix(f"{model}-") if name.startswith(f"{model}-") else None


def _weighted(backend: Mapping[str, Any], model: str, weights: Mapping[str, int]) -> dict[str, Any]:
    slot = _slot(backend, model)
    return {**backend, "weight": weights.get(slot, 0)} if slot else dict(backend)
