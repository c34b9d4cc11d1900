"""Objects as an API server answers them, small."""

from collections.abc import Sequence
from typing import Any

Object = dict[str, Any]
REVISION = "deployment.kubernetes.io/revision"


def deployment(wanted: int = 2, *, conditions: Sequence[Object] = (), **status: Any) -> Object:
    """A Deployment whose status says so many replicas updated, available and there at all."""
    counted = {"updatedReplicas": wanted, "availableReplicas": wanted, "replicas": wanted, **status}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "uid": "d", "generation": 3, "annotations": {REVISION: "2"}},
        "spec": {"replicas": wanted},
        "status": {"observedGeneration": 3, "conditions": list(conditions), **counted},
    }


def replica_set(uid: str, revision: str, replicas: int = 2, wanted: int = 2) -> Object:
    """A ReplicaSet of that Deployment."""
    return {
        "kind": "ReplicaSet",
        "metadata": {"name": uid, "uid": uid, "ownerReferences": [{"uid": "d"}], "annotations": {REVISION: revision}},
        "spec": {"replicas": wanted},
        "status": {"replicas": replicas},
    }


def pod(owner: str = "", *containers: Object, phase: str = "Pending", conditions: Sequence[Object] = ()) -> Object:
    """A pod of an owner with these container statuses."""
    references = [{"uid": owner}] if owner else []
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-1", "uid": "p", "ownerReferences": references},
        "status": {"phase": phase, "containerStatuses": list(containers), "conditions": list(conditions)},
    }


def waiting(reason: str, message: str = "", **more: Any) -> Object:
    """A container that waits."""
    return {"name": "triton", "state": {"waiting": {"reason": reason, "message": message}}, **more}


def terminated(code: int, message: str = "", **more: Any) -> Object:
    """A container that ended."""
    return {"name": "gate", "state": {"terminated": {"exitCode": code, "message": message, "reason": "Error"}}, **more}


def event(uid: str, reason: str, message: str, at: str = "2030-01-01T00:00:00Z") -> Object:
    """An event about an object."""
    return {"involvedObject": {"uid": uid}, "reason": reason, "message": message, "lastTimestamp": at}


def job(*conditions: Object, **spec: Any) -> Object:
    """A Job with these conditions."""
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "gate", "uid": "j"},
        "spec": spec,
        "status": {"conditions": list(conditions)},
    }
