import pytest
from planned_stack import MISSING, messages, spoil

ID = "drain-contract"


def test_a_grace_period_shorter_than_a_request_is_refused() -> None:
    (found,) = messages(ID, spoil("digits", "spec.grace_seconds", 14.5))
    assert "the grace period is 14.5 seconds, and a request may last 15 seconds" in found
    assert "Where: model digits, spec.grace_seconds. Fix: raise it to at least 15." in found


@pytest.mark.parametrize("value", [None, MISSING])
def test_a_model_without_a_grace_period_is_refused(value: object) -> None:
    (found,) = messages(ID, spoil("digits", "spec.grace_seconds", value))
    assert "the grace period is not set" in found


@pytest.mark.parametrize("value", [None, MISSING, 0])
def test_a_gateway_that_lets_requests_last_for_ever_is_refused(value: object) -> None:
    (found,) = messages(ID, spoil("gateway", "spec.request_timeout_seconds", value))
    assert "so no grace period is long enough. Where: Gateway gateway" in found


def test_a_grace_period_as_long_as_a_request_passes() -> None:
    assert messages(ID, spoil("digits", "spec.grace_seconds", 15)) == []
