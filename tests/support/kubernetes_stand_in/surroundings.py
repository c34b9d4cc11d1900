"""Fetches what the cluster holds around an object, as far as its row wants to see it."""

from collections.abc import Mapping
from typing import Any

from tests.support.kubernetes_stand_in.api_error import ApiError
from tests.support.kubernetes_stand_in.cluster import Cluster, Object
from tests.support.kubernetes_stand_in.rows import EVENTS, PODS, SLICES, Row
from tests.support.kubernetes_stand_in.verdict import Around

_SERVICE_LABEL = "kubernetes.io/service-name"
_OPERATORS = {"In": "in", "NotIn": "notin"}


def around(cluster: Cluster, item: Object, row: Row, seen: dict[str, Object] | None = None) -> Around:
    """What there is around an object now.

    Args:
        cluster: Where to look.
        item: The object.
        row: Says what to look for.
        seen: Memory of pods by uid: one that is gone still says how it ended.
    """
    namespace, name = item["metadata"].get("namespace"), item["metadata"]["name"]
    pods, sets, slices, events = [], [], [], []
    if PODS in row.looks_at and (selector := selector_text((item.get("spec") or {}).get("selector") or {})):
        pods = _list(cluster, "v1", "Pod", namespace, labelSelector=selector)
        if item["kind"] == "Deployment":
            sets = _list(cluster, "apps/v1", "ReplicaSet", namespace, labelSelector=selector)
    if SLICES in row.looks_at:
        label = f"{_SERVICE_LABEL}={name}"
        slices = _list(cluster, "discovery.k8s.io/v1", "EndpointSlice", namespace, labelSelector=label)
    if EVENTS in row.looks_at:
        events = _list(cluster, "v1", "Event", namespace, fieldSelector="type=Warning")
        events += _list(cluster, "v1", "Event", namespace, fieldSelector=f"type=Normal,involvedObject.name={name}")
    if seen is not None:
        seen.update({each["metadata"]["uid"]: each for each in pods})
        pods = list(seen.values())
    return Around(tuple(pods), tuple(sets), tuple(slices), tuple(events))


def selector_text(selector: Mapping[str, Any]) -> str:
    """A label selector of the API as the query parameter of a list."""
    if not {"matchLabels", "matchExpressions"} & selector.keys():
        return ",".join(f"{name}={value}" for name, value in selector.items())
    equal = [f"{name}={value}" for name, value in (selector.get("matchLabels") or {}).items()]
    return ",".join([*equal, *map(_requirement, selector.get("matchExpressions") or [])])


def _requirement(expression: Mapping[str, Any]) -> str:
    key, operator = expression["key"], expression["operator"]
    if operator in _OPERATORS:
        return f"{key} {_OPERATORS[operator]} ({','.join(expression['values'])})"
    return key if operator == "Exists" else f"!{key}"


def _list(cluster: Cluster, api_version: str, kind: str, namespace: str | None, **selectors: str) -> list[Object]:
    try:
        return cluster.find(cluster.kind(api_version, kind), namespace, **selectors)
    except ApiError as error:
        # Credentials may not reach so far; then there is less to tell.
        if error.status in (403, 404):
            return []
        raise
