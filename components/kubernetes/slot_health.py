"""Whether a slot answers rightly, and if not, why: read from its Deployment and its pods as plain documents."""

from collections.abc import Iterator, Sequence

from components.kubernetes.document import Document
from components.kubernetes.object_names import RELEASE_LABEL
from components.kubernetes.rollout_status import container_statuses, last_line

OK, COLD = "ok", "cold: no pods are wanted"
SHORT_DIGITS = 12
REASON_CHARACTERS = 160
_MADE = ("ContainerCreating", "PodInitializing")


def health(deployment: Document, pods: Sequence[Document], *, serves: bool) -> str:
    """Return whether a slot answers rightly, and if not, why.

    Args:
        deployment: Of the slot.
        pods: Of the slot.
        serves: Whether users reach it.
    """
    wanted, ours, others = deployment["spec"]["replicas"], *by_release(deployment, pods)
    if not wanted:
        return "FAILING: it has traffic, but no pods are wanted" if serves else COLD
    ready = len([pod for pod in ours if is_ready(pod)])
    if ready >= wanted:
        return OK
    reasons = [reason for pod in ours if (reason := trouble(pod))] or [*_refused(deployment), "it has no pod"]
    other = next((pod for pod in others if is_ready(pod)), None)
    still = f"; release {other['metadata']['labels'][RELEASE_LABEL][:SHORT_DIGITS]} still answers" if other else ""
    return f"{'DEGRADED' if ready else 'FAILING'}: {reasons[0]}{still}"


def trouble(pod: Document) -> str:
    """Return why a pod does not answer; nothing when it does."""
    if is_ready(pod):
        return ""
    for condition in pod.get("status", {}).get("conditions", ()):
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return _short(f"no node takes its pod: {condition.get('message', '')}")
    for status in container_statuses(pod):
        state, name = status.get("state", {}), status["name"]
        waiting = state.get("waiting") or {}
        ended = state.get("terminated") or status.get("lastState", {}).get("terminated") or {}
        if waiting.get("reason", _MADE[0]) not in _MADE:
            words = last_line(ended.get("message", "")) or waiting.get("message", "")
            return _short(f"{name}: {waiting['reason']}{': ' if words else ''}{words}")
        if state.get("terminated", {}).get("exitCode"):
            return _short(f"{name}: {last_line(ended.get('message', '')) or ended['reason']}")
        if "running" in state and status.get("started"):
            return "it does not answer its golden row rightly"
    return "its pod is starting"


def by_release(deployment: Document, pods: Sequence[Document]) -> tuple[list[Document], list[Document]]:
    """Part pods into those that run the slot's release, and those that run another one still."""
    release = deployment["metadata"]["labels"].get(RELEASE_LABEL)
    ours = [pod for pod in pods if pod["metadata"]["labels"].get(RELEASE_LABEL) == release]
    return ours, [pod for pod in pods if pod not in ours]


def is_ready(pod: Document) -> bool:
    """Say whether a pod answers its golden row."""
    conditions = pod.get("status", {}).get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def restarts(pod: Document) -> int:
    """Return how often a pod's containers ended and were started again."""
    return sum(status.get("restartCount", 0) for status in container_statuses(pod))


def _refused(deployment: Document) -> Iterator[str]:
    for condition in deployment.get("status", {}).get("conditions", ()):
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True":
            yield _short(condition.get("message", ""))


def _short(text: str) -> str:
    return text if len(text) <= REASON_CHARACTERS else f"{text[:REASON_CHARACTERS]}…"
