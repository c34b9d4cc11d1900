"""What is said of a slot that does not answer, and of one that does."""

from typing import Any

import pytest

from components.kubernetes.slot_health import COLD, OK, health, restarts, trouble
from tests.support.cluster_view import NEW, OLD, deployment, pod

CRASHED = {"terminated": {"exitCode": 1, "reason": "Error", "message": "a table\nfailed to load all models\n"}}


def test_a_slot_with_all_its_pods_is_well() -> None:
    assert health(deployment("blue", OLD), [pod("blue", OLD), pod("blue", OLD)], serves=True) == OK


def test_a_slot_with_some_of_its_pods_is_degraded_and_says_why_the_others_are_not_there() -> None:
    pods = [pod("blue", OLD), pod("blue", OLD, ready=False)]
    assert health(deployment("blue", OLD), pods, serves=True) == "DEGRADED: it does not answer its golden row rightly"


def test_pods_of_another_release_do_not_make_a_slot_well() -> None:
    pods = [pod("green", OLD), pod("green", NEW, ready=False, waiting={"reason": "ImagePullBackOff"})]
    assert health(deployment("green", NEW, replicas=1), pods, serves=False) == (
        f"FAILING: triton: ImagePullBackOff; release {OLD[:12]} still answers"
    )


def test_a_slot_whose_pods_are_refused_says_by_whom() -> None:
    refused = deployment("blue", OLD)
    refused["status"] = {"conditions": [{"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}]}
    assert health(refused, [], serves=True) == "FAILING: exceeded quota"
    assert health(deployment("blue", OLD), [], serves=True) == "FAILING: it has no pod"


def test_an_idle_slot_may_be_cold_and_a_live_one_may_not() -> None:
    cold = deployment("blue", OLD, replicas=0)
    assert health(cold, [], serves=False) == COLD
    assert health(cold, [], serves=True) == "FAILING: it has traffic, but no pods are wanted"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "it does not answer its golden row rightly"),
        ({"started": False}, "its pod is starting"),
        ({"state": {"waiting": {"reason": "PodInitializing"}}}, "its pod is starting"),
        (
            {"state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}}, "lastState": CRASHED},
            "triton: CrashLoopBackOff: failed to load all models",
        ),
        (
            {"state": {"waiting": {"reason": "ErrImageNeverPull", "message": "no such image"}}},
            "triton: ErrImageNeverPull: no such image",
        ),
        ({"state": CRASHED}, "triton: failed to load all models"),
    ],
)
def test_a_pod_that_does_not_answer_says_why(changes: dict[str, Any], said: str) -> None:
    found = pod("blue", OLD, ready=False)
    found["status"]["containerStatuses"][0] |= changes
    assert trouble(found) == said


def test_a_pod_that_no_node_takes_says_why_in_so_many_words() -> None:
    found = pod("blue", OLD, ready=False)
    found["status"] = {"conditions": [{"type": "PodScheduled", "status": "False", "message": "no gpu " * 100}]}
    assert trouble(found).startswith("no node takes its pod: no gpu")
    assert len(trouble(found)) < 200


def test_a_fetch_that_failed_is_told_before_the_server_that_waits_for_it() -> None:
    found = pod("blue", OLD, ready=False, waiting={"reason": "PodInitializing"})
    ended = {"terminated": {"exitCode": 2, "reason": "Error", "message": "model.onnx is not what it was"}}
    found["status"]["initContainerStatuses"] = [{"name": "fetch", "restartCount": 2, "state": ended}]
    assert trouble(found) == "fetch: model.onnx is not what it was"
    assert restarts(found) == 2
