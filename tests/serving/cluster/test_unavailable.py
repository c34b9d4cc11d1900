"""What a cluster cannot do is said before anything changes, with what to set instead."""

from serving.cluster.unavailable import unavailable
from serving.shift_plan import ShiftPlan


def test_a_plain_plan_can_be_kept() -> None:
    assert not list(unavailable(ShiftPlan()))


def test_every_impossible_wish_is_named() -> None:
    plan = ShiftPlan(mirror_percent=5, mirror_seconds=10, max_prediction_distance=0.2)
    mirror, distance = unavailable(plan)
    assert mirror.startswith("mirror_percent is 5, but on a cluster")
    assert mirror.endswith("set it and mirror_seconds to 0.")
    assert distance.startswith("max_prediction_distance is 0.2, but on a cluster")
    assert distance.endswith("limit max_disagreement in the gate.")
