"""What a pod says about itself: ready, or why not."""

from collections.abc import Iterator

from tests.support.kubernetes_stand_in.verdict import Around, Json, Problem, Verdict, condition, events_about

_IMAGE = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
_CONFIGURATION = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
_PASSING = ("FailedMount", "FailedAttachVolume", "FailedCreatePodSandBox", "Unhealthy")
_CRASHES = 3
"""Restarts after which a container that is not ready counts as crashing for good; fewer may be a dependency's delay."""


def pod(item: Json, around: Around) -> Verdict:
    """A pod is ready when its condition says so, or when it ran to its end."""
    phase = (item.get("status") or {}).get("phase")
    if phase == "Succeeded" or condition(item, "Ready").get("status") == "True":
        return Verdict(done=True)
    if phase == "Failed":
        return Verdict(failed=f"pod {_name(item)} failed: {'; '.join(terminations(item)) or _why(item)}")
    return Verdict(waiting=f"for pod {_name(item)} to be ready", problems=tuple(pod_problems(item, around)))


def pod_problems(item: Json, around: Around) -> Iterator[Problem]:
    """Everything that keeps a pod from getting ready."""
    scheduled = condition(item, "PodScheduled")
    if scheduled.get("reason") == "Unschedulable":
        # An autoscaler may still bring a node.
        yield Problem(f"pod {_name(item)} is Unschedulable: {scheduled.get('message', '')}")
    yield from (problem for status in statuses(item) if (problem := _container_problem(item, status)))
    for reason in _PASSING:
        if messages := events_about(item, around.events, reason):
            yield Problem(f"pod {_name(item)}: {reason}: {messages[-1]}")


def terminations(item: Json) -> list[str]:
    """How the containers of a pod failed, each with its termination message."""
    return [text for status in statuses(item) if (text := _termination(status))]


def statuses(item: Json) -> list[Json]:
    """The statuses of all containers, those that initialise first."""
    status = item.get("status") or {}
    return [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]


def _container_problem(item: Json, status: Json) -> Problem | None:
    waiting = (status.get("state") or {}).get("waiting") or {}
    reason, where = waiting.get("reason", ""), f"container {status['name']} of pod {_name(item)}"
    if reason in _IMAGE:
        return Problem(f"{where}: {reason}: {waiting.get('message') or status.get('image', '')}", lasting=True)
    if reason in _CONFIGURATION:
        return Problem(f"{where}: {reason}: {waiting.get('message', '')}", lasting=True)
    restarts, ended = status.get("restartCount", 0), _termination(status)
    if restarts and ended and not status.get("ready"):
        crashing = reason or "crashing"
        return Problem(f"{where}: {crashing} after {restarts} restarts: {ended}", lasting=restarts >= _CRASHES)
    return None


def _termination(status: Json) -> str:
    state = (status.get("state") or {}).get("terminated") or (status.get("lastState") or {}).get("terminated") or {}
    if not state.get("exitCode"):
        return ""
    reason = f" ({state['reason']})" if state.get("reason") not in (None, "Error") else ""
    message = (state.get("message") or "").strip()
    return f"container {status['name']} ended with exit code {state['exitCode']}{reason}" + (
        f": {message}" if message else ""
    )


def _why(item: Json) -> str:
    status = item.get("status") or {}
    return str(status.get("message") or status.get("reason") or "no reason given")


def _name(item: Json) -> str:
    return str(item["metadata"]["name"])
