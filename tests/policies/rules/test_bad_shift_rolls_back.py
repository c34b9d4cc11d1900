import re

import pytest
from planned_stack import MISSING, messages, spoil

ID = "auto-rollback-on"


@pytest.mark.parametrize(("name", "shift"), [("digits", "spec.shift"), ("digits-traffic", "plan")])
@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("on_thin_traffic", "shrug", 'the shift would "shrug".*Fix: set it to advance or hold_failing'),
        ("on_thin_traffic", MISSING, "nothing says what thin traffic means"),
        ("max_hold_seconds", 3601, "longest wait for requests is 3601 seconds.*at most 3600"),
        ("max_hold_seconds", None, "longest wait for requests is not set"),
        ("abort", False, "abort is False, which keeps a bad release"),
        ("on_breach", "Ignore", 'on_breach is "Ignore".*Fix: remove it'),
        ("auto_rollback", "off", "auto_rollback"),
    ],
)
def test_a_shift_that_would_stay_on_a_bad_release_is_refused(
    name: str, shift: str, key: str, value: object, message: str
) -> None:
    (found,) = messages(ID, spoil(name, f"{shift}.{key}", value))
    assert re.search(message, found)
    assert f"Where: model digits, {shift}.{key}." in found


@pytest.mark.parametrize(("key", "value"), [("on_breach", "rollback"), ("abort", True), ("rollback_hold_seconds", 0)])
def test_a_field_that_leaves_the_abort_on_is_no_finding(key: str, value: object) -> None:
    assert messages(ID, spoil("digits", f"spec.shift.{key}", value)) == []


def test_a_prod_stack_does_not_advance_on_no_evidence() -> None:
    stack = spoil("digits", "spec.shift.on_thin_traffic", "advance")
    assert messages(ID, stack) == []
    assert all("Fix: set it to hold_failing." in found for found in messages(ID, stack, "prod"))
    assert messages(ID, stack, "prod")


def test_a_first_deployment_without_a_plan_is_no_finding() -> None:
    assert messages(ID, spoil("digits-traffic", "plan", None)) == []
