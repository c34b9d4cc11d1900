"""How long the idle slot stays warm: KEDA takes its last pod away when nothing asked it for so long.

Nothing of ours runs for it. The price of a cold slot is paid by a rollback: it takes a node start instead of seconds.
Gates and shifts wake it: see `components.kubernetes.replicas`.

Source: https://keda.sh/docs/2.21/reference/scaledobject-spec/
"""

from collections.abc import Iterator
from typing import Any

SECONDS_PER_HOUR = 3600


def idle_scaling(warm_hours: float) -> dict[str, Any]:
    """Return what the ScaledObject of an idle slot has besides its triggers.

    The live slot, and one that becomes live, must not have it: with at least one replica in their ScaledObject KEDA
    starts them again by itself.

    Args:
        warm_hours: how long after its last request the slot keeps its pods.
    """
    seconds = round(warm_hours * SECONDS_PER_HOUR)
    return {"minReplicaCount": 0, "cooldownPeriod": seconds, "initialCooldownPeriod": seconds}


def idle_problems(where: str, warm_hours: float | None, *, autoscaled: bool) -> Iterator[str]:
    """Yield what is wrong with a time after which an idle slot goes cold.

    Args:
        where: the model's place in the settings, such as `models.digits`.
        warm_hours: None keeps the idle slot warm for ever.
        autoscaled: whether the stack has an autoscaler.
    """
    if warm_hours is None:
        return
    if warm_hours <= 0:
        yield (
            f"{where}.idle_warm_hours is {warm_hours:g}; give more than 0, or leave it out to keep the idle slot warm "
            "for ever: a rollback to it takes seconds then."
        )
    if not autoscaled:
        yield (
            f"{where}.idle_warm_hours is {warm_hours:g}, but platform.autoscaler is none, so nothing would "
            "take the idle slot's pods away; use keda, or leave idle_warm_hours out."
        )


def cold_rollback(model: str, warm_hours: float, start_seconds: float) -> str:
    """Return what an operator must know of a slot that may be cold: a sentence for summaries.

    Args:
        model: its name.
        warm_hours: after which the idle slot goes cold.
        start_seconds: the longest time that a pod, on a new node if need be, may take to its first right answer.
    """
    return (
        f"{model}: {warm_hours:g} h after its last request the idle slot has no pod; a rollback then starts one first, "
        f"with its node where that is gone too: up to {round(start_seconds / 60)} min."
    )
