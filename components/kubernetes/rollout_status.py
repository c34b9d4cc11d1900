"""What became of the last gate and the last shift of each model, from Jobs and pods as plain documents."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.kubernetes.document import Document
from components.kubernetes.object_names import COMPONENT_LABEL, MODEL_LABEL

JOB_OF_POD = "batch.kubernetes.io/job-name"


@dataclass(frozen=True, kw_only=True)
class RolloutStatus:
    """The last gate or the last shift of a model.

    Args:
        state: `done`, `failed` or `running`.
        result: Its last sentence; None where nothing tells it any more.
    """

    model: str
    rollout: str
    job: str
    state: str
    result: str | None


def latest(jobs: Sequence[Document]) -> list[Document]:
    """Return the youngest Job of each kind and model."""
    youngest: dict[tuple[str, str], Document] = {}
    for job in sorted(jobs, key=lambda job: str(job["metadata"]["creationTimestamp"])):
        labels = job["metadata"]["labels"]
        youngest[labels[MODEL_LABEL], labels[COMPONENT_LABEL]] = job
    return [youngest[which] for which in sorted(youngest)]


def pod_of(job: Document, pods: Sequence[Document]) -> Document | None:
    """Return the youngest pod of a Job; None where it has none any more."""
    name = job["metadata"]["name"]
    found = [pod for pod in pods if pod["metadata"]["labels"].get(JOB_OF_POD) == name]
    return max(found, key=lambda pod: str(pod["metadata"]["creationTimestamp"]), default=None)


def has_log(pod: Document) -> bool:
    """Say whether the program of a pod has begun: before that there is no log of it."""
    return bool(pod.get("status", {}).get("phase") != "Pending")


def result_of(pod: Document) -> str:
    """Return the last line that a pod left as a message: of its container, or of one that failed before; or nothing."""
    ended = [status.get("state", {}).get("terminated") or {} for status in container_statuses(pod)]
    messages = [last_line(each.get("message", "")) for each in reversed(ended)]
    return next(filter(None, messages), "")


def rollout_statuses(
    jobs: Sequence[Document], pods: Sequence[Document], last_words: Mapping[str, str], names: Mapping[str, str]
) -> list[RolloutStatus]:
    """Return what became of the last gates and shifts.

    Args:
        jobs: All of the stack.
        pods: All of the stack.
        last_words: The last lines of logs, by the Job's name.
        names: Models' names on the cluster to those in the stack file.
    """
    return [_status(job, pod_of(job, pods), last_words, names) for job in latest(jobs)]


def container_statuses(pod: Document) -> list[Document]:
    """Return what a pod says of its containers, in the order in which they start."""
    status = pod.get("status", {})
    return [*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())]


def last_line(text: str) -> str:
    """Return the last line of a text that says anything."""
    lines = [line.strip() for line in text.splitlines()]
    return next(filter(None, reversed(lines)), "")


def _status(
    job: Document, pod: Document | None, last_words: Mapping[str, str], names: Mapping[str, str]
) -> RolloutStatus:
    name, labels = job["metadata"]["name"], job["metadata"]["labels"]
    state, reason = next(_ends(job), ("running", ""))
    result = (result_of(pod) if pod else "") or last_words.get(name, "") or reason
    return RolloutStatus(
        model=names.get(labels[MODEL_LABEL], labels[MODEL_LABEL]),
        rollout=labels[COMPONENT_LABEL],
        job=name,
        state=state,
        result=result or None,
    )


def _ends(job: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for condition in job.get("status", {}).get("conditions", ()):
        if condition["status"] == "True" and condition["type"] == "Complete":
            # That it completed is all that its message says.
            yield "done", ""
        if condition["status"] == "True" and condition["type"] == "Failed":
            yield "failed", condition.get("message", "")
