"""Pods and Jobs: ready, on the way, or failed with what the container said."""

import pytest

from tests.kubernetes_stand_in.cluster_objects import event, job, pod, terminated, waiting
from tests.support.kubernetes_stand_in.ready import jobs, pods
from tests.support.kubernetes_stand_in.verdict import Around

_READY = {"type": "Ready", "status": "True"}
_FAILED = {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "too many"}
_COMPLETE = {"type": "Complete", "status": "True"}
_REASON = "gate of digits: accuracy 0.61 is below 0.93; traffic stays on blue"


def test_a_pod_is_ready_by_its_condition_or_by_having_run_to_its_end() -> None:
    assert pods.pod(pod(conditions=[_READY], phase="Running"), Around()).done
    assert pods.pod(pod(phase="Succeeded"), Around()).done
    assert not pods.pod(pod(phase="Running"), Around()).done


def test_a_failed_pod_says_what_its_container_said_last() -> None:
    verdict = pods.pod(pod("", terminated(1, _REASON), phase="Failed"), Around())
    assert verdict.failed == f"pod web-1 failed: container gate ended with exit code 1: {_REASON}"


def test_a_pod_that_its_node_evicted_says_so() -> None:
    evicted = pod(phase="Failed")
    evicted["status"]["message"] = "The node was low on resource: memory."
    assert pods.pod(evicted, Around()).failed == "pod web-1 failed: The node was low on resource: memory."


@pytest.mark.parametrize(
    "reason",
    ["ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError"],
)
def test_an_image_or_a_configuration_that_is_not_there_needs_a_person(reason: str) -> None:
    (problem,) = pods.pod(pod("", waiting(reason, "why")), Around()).problems
    assert (problem.text, problem.lasting) == (f"container triton of pod web-1: {reason}: why", True)


@pytest.mark.parametrize("restarts", [1, 2, 3, 9])
def test_a_crash_is_named_at_once_and_final_after_three_restarts(restarts: int) -> None:
    last = {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}
    crashing = waiting("CrashLoopBackOff", "back-off", restartCount=restarts, lastState=last, ready=False)
    (problem,) = pods.pod(pod("", crashing), Around()).problems
    ended = "container triton ended with exit code 137 (OOMKilled)"
    assert problem.text == f"container triton of pod web-1: CrashLoopBackOff after {restarts} restarts: {ended}"
    assert problem.lasting is (restarts >= 3)


def test_a_crash_stays_a_problem_while_the_container_runs_again_and_is_not_ready() -> None:
    last = {"terminated": {"exitCode": 1, "message": "no GPU"}}
    again = {"name": "triton", "state": {"running": {}}, "restartCount": 4, "lastState": last, "ready": False}
    assert [problem.lasting for problem in pods.pod(pod("", again), Around()).problems] == [True]
    assert pods.pod(pod("", {**again, "ready": True}), Around()).problems == ()


def test_a_pod_without_a_node_is_waited_for_because_one_may_come() -> None:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes: no GPU"}
    (problem,) = pods.pod(pod(conditions=[condition]), Around()).problems
    assert (problem.text, problem.lasting) == ("pod web-1 is Unschedulable: 0/1 nodes: no GPU", False)


def test_a_missing_volume_is_named_by_its_latest_event() -> None:
    events = (event("p", "FailedMount", "first", at="1"), event("p", "FailedMount", 'secret "x" not found', at="2"))
    (problem,) = pods.pod(pod(), Around(events=events)).problems
    assert problem.text == 'pod web-1: FailedMount: secret "x" not found'


def test_a_job_is_ready_when_complete_or_suspended() -> None:
    assert jobs.job(job(_COMPLETE), Around()).done
    assert jobs.job(job(suspend=True), Around()).done
    assert not jobs.job(job(), Around()).done


def test_a_failed_job_begins_with_the_termination_message_of_its_latest_pod() -> None:
    early, late = pod("j", terminated(1, "earlier")), pod("j", terminated(1, _REASON))
    early["metadata"]["creationTimestamp"], late["metadata"]["creationTimestamp"] = "2030-01-01", "2030-01-02"
    strangers = pod("other", terminated(1, "of another Job"))
    verdict = jobs.job(job(_FAILED), Around(pods=(early, late, strangers)))
    assert verdict.failed == (
        f"pod web-1: container gate ended with exit code 1: {_REASON}; "
        "the Job failed with BackoffLimitExceeded: too many"
    )
    assert jobs.has_failed(job(_FAILED))


def test_a_job_whose_pods_are_gone_still_says_why() -> None:
    assert jobs.job(job(_FAILED), Around()).failed == "the Job failed with BackoffLimitExceeded: too many"


def test_a_job_without_any_pod_tells_who_refused_it() -> None:
    refused = Around(events=(event("j", "FailedCreate", "exceeded quota"),))
    assert [problem.text for problem in jobs.job(job(), refused).problems] == ["no pod can be made: exceeded quota"]
    assert jobs.job(job(), Around(pods=(pod("j"),), events=refused.events)).problems == ()
