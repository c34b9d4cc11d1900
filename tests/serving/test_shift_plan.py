"""A plan that contradicts itself is refused with everything that is wrong; a good one is bounded in time."""

import re
from typing import Any

import pytest

from serving.errors import ConfigurationError
from serving.shift_plan import ShiftPlan, longest_seconds, shift_plan


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"steps_percent": ()},
            "steps_percent is []; allowed are ascending whole numbers from 1",
        ),
        ({"steps_percent": (1, 5)}, "steps_percent is [1, 5]"),
        ({"steps_percent": (0, 100)}, "steps_percent is [0, 100]"),
        ({"steps_percent": (50, 5, 100)}, "steps_percent is [50, 5, 100]"),
        ({"steps_percent": (5, 5, 100)}, "steps_percent is [5, 5, 100]"),
        ({"steps_percent": (0.5, 100)}, "steps_percent is [0.5, 100]"),
        ({"hold_seconds": 0}, "hold_seconds is 0; it must be above 0."),
        ({"hold_seconds": float("nan")}, "hold_seconds is nan; it must be a finite number."),
        ({"max_hold_seconds": float("inf")}, "max_hold_seconds is inf; it must be a finite number."),
        ({"hold_seconds": 90}, "max_hold_seconds is 60, but hold_seconds is 90; raise it."),
        ({"min_requests": 0}, "min_requests is 0; it must be 1 or more."),
        ({"max_error_rate": 1}, "max_error_rate is 1; allowed is a share from 0 up to 1."),
        ({"max_error_rate_difference": -0.1}, "max_error_rate_difference is -0.1; allowed is a share"),
        ({"max_p99_ms": 0}, "max_p99_ms is 0; it must be above 0."),
        ({"max_p99_ratio": 0.9}, "max_p99_ratio is 0.9; below 1 not even the live release would pass."),
        ({"max_prediction_distance": -1.0}, "max_prediction_distance is -1; it must be 0 or more, or null."),
        ({"mirror_percent": 10}, "mirror_percent is 10 and mirror_seconds 0; set both above 0"),
        ({"mirror_seconds": 10}, "mirror_percent is 0 and mirror_seconds 10; set both above 0"),
        ({"mirror_percent": 101, "mirror_seconds": 9}, "mirror_percent is 101"),
    ],
)
def test_an_impossible_setting_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^shift.{re.escape(message)}"):
        ShiftPlan(**settings)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(ConfigurationError, match=r"(?s)steps_percent.*\nshift\.min_requests.*\nshift\.max_p99"):
        ShiftPlan(steps_percent=(1,), min_requests=0, max_p99_ms=0)


@pytest.mark.parametrize(("hold", "look"), [(0.5, 0.5), (2, 1), (10, 1), (300, 30)])
def test_a_long_hold_is_looked_at_ten_times_a_short_one_every_second(hold: float, look: float) -> None:
    assert ShiftPlan(hold_seconds=hold, max_hold_seconds=600).look_seconds == look


def test_the_longest_time_counts_every_wait() -> None:
    plan = ShiftPlan(steps_percent=(50, 100), hold_seconds=2, max_hold_seconds=30)
    mirrored = ShiftPlan(
        steps_percent=(50, 100), hold_seconds=2, max_hold_seconds=30, mirror_percent=5, mirror_seconds=20
    )
    assert longest_seconds(plan, 0) == 1 + 2 * (11 + 30 + 22 + 1)
    assert longest_seconds(mirrored, 0) == longest_seconds(plan, 0) + 20 + 22 + 1
    assert longest_seconds(plan) > longest_seconds(plan, 0)


def test_a_plan_is_read_back_from_values_whose_whole_numbers_became_fractions() -> None:
    plan = ShiftPlan(steps_percent=(5, 100), min_requests=20, mirror_percent=10, mirror_seconds=3)
    values = {name: float(value) if isinstance(value, int) else value for name, value in vars(plan).items()}
    assert shift_plan({**values, "steps_percent": [5.0, 100.0]}) == plan
