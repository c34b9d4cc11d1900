import re

import pytest
from planned_stack import MISSING, find, good_stack, messages, related, spoil, without

ID = "gate-present"


@pytest.mark.parametrize("gate", [None, {}, MISSING])
def test_a_model_without_a_gate_is_refused(gate: object) -> None:
    (found,) = messages(ID, spoil("digits", "spec.gate", gate))
    assert "the model has no gate. Where: model digits, spec.gate. Fix: add a gate with min_quality." in found


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("min_quality", {}, "the gate asks for no quality"),
        ("max_p99_ms", None, "latency limit is not set"),
        ("max_p99_ms", 0, "latency limit is 0 ms"),
        ("timeout_seconds", 3601, "time limit is 3601 seconds.*at most 3600"),
        ("timeout_seconds", None, "time limit is not set"),
    ],
)
def test_a_gate_that_measures_nothing_or_never_ends_is_refused(key: str, value: object, message: str) -> None:
    found = messages(ID, spoil("digits", f"spec.gate.{key}", value))
    assert re.search(message, found[0])


def test_a_model_whose_gate_does_not_run_is_refused() -> None:
    (found,) = messages(ID, without("digits-blue-gate"))
    assert "no Gate measures the live slot" in found


def test_a_gate_that_runs_with_other_limits_than_declared_is_refused() -> None:
    (found,) = messages(ID, spoil("digits-green-gate", "limits.max_p99_ms", 5000))
    assert "works by another max_p99_ms than the model's. Where: digits/green, limits.max_p99_ms." in found


def test_a_gate_that_does_not_wait_for_its_slot_is_refused() -> None:
    wrong = find(good_stack(), "digits-green")
    (found,) = messages(ID, related("digits-blue-gate", dependencies=(wrong.urn,)))
    assert "does not wait for the slot it measures. Where: digits/blue, slot." in found


def test_traffic_that_does_not_wait_for_the_gate_is_refused() -> None:
    idle = find(good_stack(), "digits-green-gate")
    (found,) = messages(ID, related("digits-traffic", dependencies=(idle.urn,)))
    assert "Fix: make Traffic depend on the Gate." in found


def test_a_gate_that_measures_another_release_than_the_slots_is_refused() -> None:
    (found,) = messages(ID, spoil("digits-blue-gate", "release.sha256", "c" * 64))
    assert "another sha256 than the model's. Where: digits/blue, release.sha256." in found


def test_an_idle_slot_needs_no_gate_before_it_becomes_live() -> None:
    assert messages(ID, without("digits-green-gate")) == []
