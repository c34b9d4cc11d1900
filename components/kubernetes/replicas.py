"""How many pods of a slot may be away at once, and when there are more of them.

Source: https://kubernetes.io/docs/tasks/run-application/configure-pdb/
"""

from typing import Any

from components.kubernetes.document import Document
from components.kubernetes.idle_slot import idle_scaling
from components.kubernetes.model_resources import ModelResources
from components.kubernetes.slot_pod import LIVENESS_PERIOD_SECONDS, READINESS_PERIOD_SECONDS

DISRUPTABLE_FROM = 2
PAUSED_REPLICAS = "autoscaling.keda.sh/paused-replicas"
"""https://keda.sh/docs/2.21/concepts/scaling-deployments/#pausing-autoscaling"""
PENDING_PER_POD = 4
"""Requests that wait in one pod before another one is wanted."""
QUEUE_MS = 20
"""Mean time in a pod's queue above which another one is wanted."""
UP_SECONDS = 15
PROBES_PER_SECOND = 1 / READINESS_PERIOD_SECONDS + 1 / LIVENESS_PERIOD_SECONDS
"""What one pod is asked by its own probes, which count as inferences too."""
ASKED_PER_SECOND = 0.05
"""Requests besides the probes from which on a slot counts as used: less is lost in the probes' own unevenness."""
NEVER = 1_000_000
"""A threshold of what wakes a slot and asks for no more than its first pod."""


def disruption_budget(resources: ModelResources, metadata: Document, selector: dict[str, str]) -> Document | None:
    """Return the budget of a slot's pods: one at a time; None where it would block every drain, or protect nothing.

    A slot that an autoscaler keeps at one pod has one for the times when it has more.
    """
    if resources.max_replicas < DISRUPTABLE_FROM:
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
    rollouts: str,
    prometheus_url: str | None,
    calm_seconds: float,
    live: bool,
) -> Document | None:
    """Return what sets the number of pods by the time in queues and the requests that wait; None for a fixed number.

    Never by use of the GPU alone: it is high for a busy model and for a stuck one alike.

    Args:
        resources: The model's.
        metadata: Of the object; the Deployment has the same name.
        rollouts: Selects the pods of the model's gates and shifts, which need a slot that answers.
        prometheus_url: Where the load is read.
        calm_seconds: Before pods are taken away: at least the start of a pod.
        live: Whether the slot is live or becomes it; an idle one may go cold.

    Source:
        https://keda.sh/docs/2.21/scalers/prometheus/ and https://keda.sh/docs/2.21/scalers/kubernetes-workload/
    """
    cools = resources.idle_warm_hours is not None
    if prometheus_url is None or not (resources.scales or cools):
        return None
    pods = f'namespace="{metadata["namespace"]}",pod=~"{metadata["name"]}-[a-z0-9]+-[a-z0-9]+"'
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": metadata,
        "spec": {
            "scaleTargetRef": {"name": metadata["name"]},
            "minReplicaCount": resources.min_replicas,
            "maxReplicaCount": resources.max_replicas,
            "pollingInterval": UP_SECONDS,
            **(idle_scaling(resources.idle_warm_hours) if resources.idle_warm_hours and not live else {}),
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "behavior": {"scaleDown": {"stabilizationWindowSeconds": max(300, int(calm_seconds))}}
                }
            },
            "triggers": [
                *_load(pods, prometheus_url),
                *(_signs_of_use(pods, rollouts, prometheus_url) if cools else ()),
            ],
        },
    }


def _load(pods: str, url: str) -> list[Document]:
    """Return what more pods follow; what probes alone cause is below it, and wakes nobody."""
    waited = f"sum(rate(nv_inference_queue_duration_us{{{pods}}}[1m]))"
    answered = f"clamp_min(sum(rate(nv_inference_request_success{{{pods}}}[1m])), 0.001)"
    pending = f"sum(nv_inference_pending_request_count{{{pods}}})"
    return [
        _trigger("queue-ms", url, f"{waited} / {answered} / 1000", QUEUE_MS, kind="Value"),
        _trigger("pending", url, pending, PENDING_PER_POD),
    ]


def _signs_of_use(pods: str, rollouts: str, url: str) -> list[Document]:
    """Return what keeps a slot warm, or wakes it, without any load: requests, and a gate or a shift that needs it."""
    answered = f"sum(rate(nv_inference_request_success{{{pods}}}[5m]))"
    running = f"count(count by (pod) (nv_inference_request_success{{{pods}}}))"
    asked = f"{answered} - {PROBES_PER_SECOND:g} * {running}"
    return [
        _trigger("asked", url, asked, NEVER, active_from=ASKED_PER_SECOND),
        {
            "type": "kubernetes-workload",
            "name": "rollout",
            "metricType": "AverageValue",
            "metadata": {"podSelector": rollouts, "value": str(NEVER)},
        },
    ]


def _trigger(
    name: str, url: str, query: str, threshold: int, *, active_from: float | None = None, kind: str = "AverageValue"
) -> dict[str, Any]:
    asks = {
        "serverAddress": url,
        "query": query,
        "threshold": str(threshold),
        "activationThreshold": f"{threshold if active_from is None else active_from:g}",
    }
    return {"type": "prometheus", "name": name, "metricType": kind, "metadata": asks}
