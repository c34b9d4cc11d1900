import pytest
from planned_stack import MISSING, messages, spoil

ID = "slo-thresholds-set"
SHARES = ("max_error_rate", "max_error_rate_difference")
LATENCIES = ("max_p99_ms", "max_p99_ratio")


@pytest.mark.parametrize("key", [*SHARES, *LATENCIES])
@pytest.mark.parametrize("value", [None, MISSING, 0, "fast"])
def test_a_limit_that_is_missing_or_nothing_is_refused(key: str, value: object) -> None:
    (found,) = messages(ID, spoil("digits", f"spec.shift.{key}", value))
    assert f"Where: model digits, spec.shift.{key}. Fix: set it above 0" in found


@pytest.mark.parametrize("key", SHARES)
def test_an_error_limit_too_wide_to_stop_anything_is_refused(key: str) -> None:
    (found,) = messages(ID, spoil("digits", f"spec.shift.{key}", 0.06))
    assert "the limit is 0.06. " in found
    assert "to at most 0.05" in found
    assert messages(ID, spoil("digits", f"spec.shift.{key}", 0.05)) == []


def test_a_model_without_a_shift_is_left_to_the_rule_about_that() -> None:
    assert messages(ID, spoil("digits", "spec.shift", None)) == []
