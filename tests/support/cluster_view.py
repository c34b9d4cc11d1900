"""Documents as a cluster gives them, with what a status reads in them."""

from typing import Any

from components.kubernetes.document import Document

OLD, NEW = "a" * 64, "b" * 64


def labels(component: str, **more: str) -> dict[str, str]:
    """Return the labels of an object of the model fraud_score."""
    found = {"app.kubernetes.io/component": component, "slipway.dev/model": "fraud-score"}
    return {**found, **{f"slipway.dev/{name}": value for name, value in more.items()}}


def deployment(slot: str, sha256: str, version: str = "7", replicas: int = 2) -> Document:
    """Return the Deployment of a slot."""
    annotations = {"slipway.dev/release-sha256": sha256, "slipway.dev/release-version": version}
    metadata = {"name": f"fraud-score-{slot}", "namespace": "models", "annotations": annotations}
    return {
        "metadata": {**metadata, "labels": labels("model", slot=slot, release=sha256[:32])},
        "spec": {"replicas": replicas},
    }


def pod(slot: str, sha256: str, *, ready: bool = True, restarts: int = 0, **state: Any) -> Document:
    """Return a pod of a slot; `state` is that of its container."""
    container = {"name": "triton", "restartCount": restarts, "state": state or {"running": {}}, "started": True}
    return {
        "metadata": {"name": f"{slot}-{sha256[:3]}", "labels": labels("model", slot=slot, release=sha256[:32])},
        "status": {
            "conditions": [{"type": "Ready", "status": str(ready)}],
            "containerStatuses": [container],
        },
    }


def route(name: str = "fraud-score", *, live: str = "", previous: str = "", **weights: int) -> Document:
    """Return an HTTPRoute with these weights of its slots."""
    noted = {"slipway.dev/live": live, "slipway.dev/previous": previous}
    backends = [{"name": f"fraud-score-{slot}", "weight": weight} for slot, weight in weights.items()]
    annotations = {key: value for key, value in noted.items() if value}
    return {"metadata": {"name": name, "annotations": annotations}, "spec": {"rules": [{"backendRefs": backends}]}}


def job(kind: str, name: str, made: str, *conditions: Document) -> Document:
    """Return a Job of a gate or a shift."""
    return {
        "metadata": {"name": name, "labels": labels(kind), "creationTimestamp": made},
        "status": {"conditions": list(conditions)},
    }


def pod_of_job(name: str, message: str = "", phase: str = "Succeeded") -> Document:
    """Return the pod of a Job, with what it left as a message."""
    ended = {"name": "shift", "state": {"terminated": {"exitCode": 1 if message else 0, "message": message}}}
    return {
        "metadata": {
            "name": f"{name}-x",
            "labels": {**labels("shift"), "batch.kubernetes.io/job-name": name},
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"containers": [{"name": "shift"}]},
        "status": {"phase": phase, "containerStatuses": [ended]},
    }
