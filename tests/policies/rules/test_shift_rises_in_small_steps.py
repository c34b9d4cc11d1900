import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from mechanics.facts import Stack
from planned_stack import MISSING, messages, spoil, without

ID = "shift-present-and-sane"


def _shift(key: str, value: object) -> Stack:
    """Spoil a shift as a user does: in the model, and so in what its traffic is given."""
    return spoil("digits-traffic", f"plan.{key}", value, spoil("digits", f"spec.shift.{key}", value))


@pytest.mark.parametrize("shift", [None, {}, MISSING])
def test_a_model_without_a_shift_is_refused(shift: object) -> None:
    (found,) = messages(ID, spoil("digits", "spec.shift", shift))
    assert "the model has no shift. Where: model digits, spec.shift." in found


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "the steps are not set"),
        ([0, 5, 25, 100], r"the steps are \[0, 5, 25, 100\]"),
        (["1", 5], "Fix: give steps above 0 that rise to 100"),
        ([26, 100], "the first step is 26 %.*begin with at most 25 %"),
        ([1, 5, 25, 50], "the last step is 50 %"),
        ([1, 5, 5, 25, 100], "step 5 follows 5, so the steps do not rise"),
        ([1, 5, 50, 25, 100], "step 25 follows 50"),
        ([1, 5, 50, 100], "from 5 to 50 is more than 5 times.*Fix: insert a step between 5 and 50"),
        (MISSING, "the steps are not set"),
    ],
)
def test_steps_that_jump_fall_or_end_early_are_refused(steps: object, message: str) -> None:
    found = messages(ID, _shift("steps_percent", steps))
    assert any(re.search(message, each) for each in found)


def test_a_prod_stack_begins_smaller() -> None:
    stack = _shift("steps_percent", [10, 50, 100])
    assert messages(ID, stack) == []
    assert any("begin with at most 5 %" in found for found in messages(ID, stack, "prod"))


@given(
    st.lists(st.integers(1, 99), max_size=6).map(sorted).map(lambda steps: [*steps, 100])
    | st.lists(st.integers(1, 100))
)
@example([1, 5, 25, 100])
@example([25, 100])
def test_the_steps_that_pass_are_exactly_those_that_rise_slowly_to_100(steps: list[Any]) -> None:
    slow = all(low < high <= 5 * low for low, high in pairwise(steps))
    assert (messages(ID, _shift("steps_percent", steps)) == []) == (
        bool(steps) and slow and steps[0] <= 25 and steps[-1] == 100
    )


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("hold_seconds", 0.5, "hold_seconds is 0.5, too little.*at least 1"),
        ("min_requests", 9, "min_requests is 9, too little.*at least 10"),
        ("min_requests", None, "min_requests is not set"),
    ],
)
def test_a_step_that_nobody_watches_is_refused(key: str, value: object, message: str) -> None:
    (found,) = messages(ID, _shift(key, value))
    assert re.search(message, found)


def test_a_model_whose_traffic_nothing_moves_is_refused() -> None:
    (found,) = messages(ID, without("digits-traffic"))
    assert "nothing moves this model's traffic" in found


def test_traffic_that_would_move_by_another_plan_is_refused() -> None:
    (found,) = messages(ID, spoil("digits-traffic", "plan.steps_percent", [100]))
    assert "another plan than the model's" in found


def test_a_first_deployment_has_nothing_to_shift_from() -> None:
    assert messages(ID, spoil("digits-traffic", "plan", None)) == []
