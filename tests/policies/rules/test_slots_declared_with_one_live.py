import pytest
from mechanics.facts import Stack
from planned_stack import MISSING, find, good_stack, messages, spoil, without

ID = "slots-declared"


@pytest.mark.parametrize("live", ["gren", "", MISSING])
def test_a_live_slot_that_does_not_exist_is_refused(live: object) -> None:
    (found,) = messages(ID, spoil("digits", "spec.live", live))
    assert "the slots with a release are: blue, green" in found
    assert "Where: model digits, spec.live. Fix: make a slot live that has a release." in found


def test_a_live_slot_without_a_release_is_refused() -> None:
    found = messages(ID, spoil("digits", "spec.slots.blue", None))
    assert 'the live slot is "blue", and the slots with a release are: green' in found[0]


def test_a_slot_of_another_name_is_refused() -> None:
    (found,) = messages(ID, spoil("digits", "spec.slots.purple", {"release": {}}))
    assert 'no slot called "purple"' in found


def test_a_slot_with_a_release_that_nothing_runs_is_refused() -> None:
    (found,) = messages(ID, without("digits-green"))
    assert "0 processes run this slot. Where: model digits, spec.slots.green." in found


def test_a_slot_that_two_processes_run_is_refused() -> None:
    stack = good_stack()
    (found,) = messages(ID, Stack((*stack.resources, find(stack, "digits-green"))))
    assert "2 processes run this slot" in found


def test_a_process_that_runs_another_release_than_declared_is_refused() -> None:
    (found,) = messages(ID, spoil("digits-green", "release.sha256", "c" * 64))
    assert "another release than the model declares. Where: digits/green, release.sha256." in found


def test_one_slot_is_enough_to_begin_with() -> None:
    one = spoil("digits", "spec.slots.green", None)
    assert messages(ID, without("digits-green", stack=one)) == []
