import pytest
from cluster_mutants import GATE_JOB, SHIFT_JOB
from planned_stack import MISSING, good_stack, messages, put, related, resource, spoil, without

ID = "rollout-jobs-ordered"


def test_jobs_in_order_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("again", [MISSING, None, 1, 6])
@pytest.mark.parametrize(("name", "kind"), [(GATE_JOB, "gate"), (SHIFT_JOB, "shift")])
def test_a_job_is_not_tried_again(name: str, kind: str, again: object) -> None:
    (found,) = messages(ID, spoil(name, "spec.backoffLimit", again))
    assert f"the {kind} is tried again: its backoffLimit is" in found
    assert f"Where: Job {name}, spec.backoffLimit. Fix: set it to 0." in found


@pytest.mark.parametrize("seconds", [MISSING, 0, 1e9])
def test_a_job_ends_by_itself(seconds: object) -> None:
    assert "spec.activeDeadlineSeconds" in messages(ID, spoil(SHIFT_JOB, "spec.activeDeadlineSeconds", seconds))[0]


def test_traffic_waits_for_the_gate_and_the_gate_for_the_slot() -> None:
    assert "traffic moves without waiting for the gate" in messages(ID, related(SHIFT_JOB, dependencies=()))[0]
    services = tuple(each.urn for each in good_stack().resources if each.type.kind == "Service")
    assert (
        "the gate does not wait for the pods it measures" in messages(ID, related(GATE_JOB, dependencies=services))[0]
    )


@pytest.mark.parametrize(
    ("name", "problem"), [(GATE_JOB, "no Job measures the live slot"), (SHIFT_JOB, "no Job moves this model's traffic")]
)
def test_a_missing_job_is_told_on_its_model(name: str, problem: str) -> None:
    (found,) = messages(ID, without(name))
    assert problem in found
    assert "Where: model tumours, spec." in found


def test_jobs_of_others_are_left_alone() -> None:
    assert messages(ID, put(resource("kubernetes:batch/v1:Job", "other", {"spec": {"backoffLimit": 6}}))) == []
