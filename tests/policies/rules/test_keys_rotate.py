import pytest
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "kms-rotation-and-window"


def test_a_key_that_rotates_and_waits_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("value", [False, None, MISSING])
def test_a_key_that_never_rotates_is_refused(value: object) -> None:
    (found,) = messages(ID, spoil("the-key", "enableKeyRotation", value))
    assert "the key never rotates. Where: Key the-key, enableKeyRotation." in found


def test_production_waits_longer() -> None:
    week = spoil("the-key", "deletionWindowInDays", 7)
    assert messages(ID, week, "dev") == []
    (found,) = messages(ID, week, "prod")
    assert "a deleted key is gone after 7 days" in found
    assert "Fix: set at least 30 days." in found


def test_something_else_that_could_rotate_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:secretsmanager/secretRotation:SecretRotation", "s", {}))) == []
