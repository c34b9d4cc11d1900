"""What is said of an object while the provider waits for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Problem:
    """Something that keeps an object from getting ready.

    Args:
        text: What it is, in words that name the pod, the container, the quota.
        lasting: Whether it stays until a person does something; the wait then ends early.
    """

    text: str
    lasting: bool = False


@dataclass(frozen=True)
class Verdict:
    """How far an object is.

    Args:
        done: It is what was asked for.
        waiting: What is still missing.
        problems: What keeps it from getting there.
        failed: It will never get there, and why.
    """

    done: bool = False
    waiting: str = ""
    problems: tuple[Problem, ...] = ()
    failed: str = ""


@dataclass(frozen=True)
class Around:
    """What the cluster holds beside an object that says how it fares.

    Args:
        pods: Pods that its selector finds.
        replica_sets: ReplicaSets that its selector finds.
        endpoint_slices: Endpoints of a Service.
        events: Events about any of these and the object itself.
    """

    pods: tuple[Json, ...] = ()
    replica_sets: tuple[Json, ...] = ()
    endpoint_slices: tuple[Json, ...] = ()
    events: tuple[Json, ...] = ()


def condition(item: Json, kind: str) -> Json:
    """One of an object's status conditions, empty when it is not there; one of an older generation does not count."""
    generation = (item.get("metadata") or {}).get("generation", 0)
    found: list[Json] = (item.get("status") or {}).get("conditions") or []
    current = (each for each in found if each.get("observedGeneration", generation) >= generation)
    return next((each for each in current if each.get("type") == kind), {})


def owned_by(owner: Json, items: tuple[Json, ...]) -> tuple[Json, ...]:
    """Those that have an owner reference to the object."""
    uid = owner["metadata"].get("uid")
    return tuple(
        item for item in items if any(each.get("uid") == uid for each in item["metadata"].get("ownerReferences") or [])
    )


def events_about(item: Json, events: tuple[Json, ...], *reasons: str) -> list[str]:
    """Messages of the events of these reasons about one object, the latest last."""
    uid = item["metadata"].get("uid")
    found = [
        event
        for event in events
        if (event.get("involvedObject") or {}).get("uid") == uid and event.get("reason") in reasons
    ]
    return [str(event.get("message", "")) for event in sorted(found, key=_when)]


def _when(event: Json) -> str:
    return str(event.get("lastTimestamp") or event.get("eventTime") or "")
