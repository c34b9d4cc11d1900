from typing import Any

import pytest
from planned_stack import MISSING, good_stack, messages, spoil

ID = "rollback-possible"
WARM = "spec.resources.idle_warm_hours"


@pytest.mark.parametrize("value", [None, MISSING, {}])
def test_where_both_slots_are_to_be_kept_an_empty_one_is_refused(value: object) -> None:
    stack = spoil("digits", "spec.slots.green", value)
    (found,) = messages(ID, stack, keepBothSlots=True)
    assert "slot green has no release, so there is nothing to roll back to" in found
    assert messages(ID, stack, keepBothSlots=False) == []


@pytest.mark.parametrize(("hours", "passes"), [(None, True), (MISSING, True), (24, True), (23.5, False), (0, False)])
def test_a_slot_to_go_back_to_stays_warm_for_as_long_as_is_asked(hours: Any, passes: bool) -> None:
    stack = spoil("cluster-model", WARM, hours, spoil("cluster-model", WARM, 24))
    found = messages(ID, stack, "prod")
    assert (found == []) is passes
    assert passes or f"the idle slot has no pod {hours:g} hours after its last request" in found[0]
    assert messages(ID, stack, "dev") == []


def test_two_slots_with_releases_pass() -> None:
    assert messages(ID, good_stack(), keepBothSlots=True) == []


def test_a_first_deployment_may_put_its_only_release_into_both_slots() -> None:
    only = {"release": {"name": "digits", "version": "2", "uri": "releases/digits/2", "sha256": "b" * 64}}
    assert messages(ID, spoil("digits", "spec.slots.blue", only), keepBothSlots=True) == []
