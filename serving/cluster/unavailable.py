"""What a plan of a shift may ask on one machine and not on a cluster."""

from collections.abc import Iterator

from serving.shift_plan import ShiftPlan


def unavailable(plan: ShiftPlan) -> Iterator[str]:
    """Say what of a plan a cluster cannot do, and what to set instead."""
    if plan.mirror_percent:
        yield (
            f"mirror_percent is {plan.mirror_percent}, but on a cluster mirrored requests cannot be told from real "
            "ones in the gateway's statistics; set it and mirror_seconds to 0."
        )
    if plan.max_prediction_distance is not None:
        yield (
            f"max_prediction_distance is {plan.max_prediction_distance:g}, but on a cluster nothing counts what the "
            "slots predict; leave it out, and limit max_disagreement in the gate."
        )
