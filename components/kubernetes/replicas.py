"""How many pods of a slot may be away at once, and when there are more of them.

Source: https://kubernetes.io/docs/tasks/run-application/configure-pdb/
"""

from typing import Any

from components.kubernetes.document import Document
from components.kubernetes.idle_slot import idle_scaling
from components.kubernetes.model_resources import ModelResources

DISRUPTABLE_FROM = 2
PENDING_PER_POD = 4
"""Requests that wait in one pod before another one is wanted."""
QUEUE_MS = 20
"""Mean time in a pod's queue above which another one is wanted."""
UP_SECONDS = 15


def disruption_budget(resources: ModelResources, metadata: Document, selector: dict[str, str]) -> Document | None:
    """Return the budget of a slot's pods: one at a time; None where it would block every drain, or protect nothing."""
    if resources.min_replicas < DISRUPTABLE_FROM:
        return None
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata,
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": selector},
            # A pod that does not answer must not hold up a drain.
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def autoscaler(
    resources: ModelResources,
    metadata: Document,
    *,
    deployment: str,
    namespace: str,
    prometheus_url: str | None,
    calm_seconds: float,
    live: bool,
) -> Document | None:
    """Return what sets the number of pods by the time in queues and the requests that wait; None for a fixed number.

    Never by use of the GPU alone: it is high for a busy model and for a stuck one alike.

    Args:
        resources: The model's.
        metadata: Of the object.
        deployment: What is scaled.
        namespace: Where it is.
        prometheus_url: Where the load is read.
        calm_seconds: Before pods are taken away: at least the start of a pod.
        live: Whether the slot is live or becomes it; an idle one may go cold.

    Source:
        https://keda.sh/docs/latest/scalers/prometheus/
    """
    cools = not live and resources.idle_warm_hours is not None
    if prometheus_url is None or not (resources.scales or cools):
        return None
    pods = f'namespace="{namespace}",pod=~"{deployment}-[a-z0-9]+-[a-z0-9]+"'
    waited = f"sum(rate(nv_inference_queue_duration_us{{{pods}}}[1m]))"
    answered = f"clamp_min(sum(rate(nv_inference_request_success{{{pods}}}[1m])), 0.001)"
    triggers = [
        _trigger("queue-ms", f"{waited} / {answered} / 1000", QUEUE_MS, prometheus_url, "Value"),
        _trigger(
            "pending",
            f"sum(nv_inference_pending_request_count{{{pods}}})",
            PENDING_PER_POD,
            prometheus_url,
            "AverageValue",
        ),
    ]
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": metadata,
        "spec": {
            "scaleTargetRef": {"name": deployment},
            "minReplicaCount": resources.min_replicas,
            "maxReplicaCount": resources.max_replicas,
            "pollingInterval": UP_SECONDS,
            **(idle_scaling(resources.idle_warm_hours) if cools and resources.idle_warm_hours else {}),
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "behavior": {"scaleDown": {"stabilizationWindowSeconds": max(300, int(calm_seconds))}}
                }
            },
            "triggers": triggers,
        },
    }


def _trigger(name: str, query: str, threshold: int, url: str, kind: str) -> dict[str, Any]:
    return {
        "type": "prometheus",
        "name": name,
        "metricType": kind,
        "metadata": {"serverAddress": url, "query": query, "threshold": str(threshold)},
    }
