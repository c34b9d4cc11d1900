"""Deployments, StatefulSets and DaemonSets: when their rollout is complete, and what holds it up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kubernetes_stand_in.cluster_objects import deployment, event, pod, replica_set, waiting
from tests.support.kubernetes_stand_in.ready import workloads
from tests.support.kubernetes_stand_in.verdict import Around

_QUOTA = 'pods "web-1" is forbidden: exceeded quota: compute, requested: cpu=2, used: cpu=3, limited: cpu=4'
_COUNTS = st.integers(0, 4)


def _around(*pods: dict[str, Any], events: tuple[dict[str, Any], ...] = (), few: bool = False) -> Around:
    sets = (replica_set("old", "1"), replica_set("new", "2", replicas=1 if few else 2))
    return Around(pods=pods, replica_sets=sets, events=events)


def test_a_deployment_is_ready_when_every_replica_is_new_and_available() -> None:
    assert workloads.deployment(deployment(), Around()).done


@given(_COUNTS, _COUNTS, _COUNTS)
def test_a_deployment_is_ready_in_no_other_case(updated: int, available: int, replicas: int) -> None:
    item = deployment(2, updatedReplicas=updated, availableReplicas=available, replicas=replicas)
    complete = updated >= 2 and available >= updated and replicas <= updated
    assert workloads.deployment(item, Around()).done is complete


def test_a_deployment_that_its_controller_has_not_seen_is_not_ready() -> None:
    verdict = workloads.deployment(deployment(observedGeneration=2), Around())
    assert not verdict.done


def test_progress_is_told_in_pods() -> None:
    verdict = workloads.deployment(deployment(2, updatedReplicas=1, availableReplicas=1, replicas=3), Around())
    assert verdict.waiting == "for pods: 1/2 updated, 1/2 available, 2 old still there"


def test_a_quota_reaches_the_message_by_the_deployment_s_own_condition() -> None:
    failure = {"type": "ReplicaFailure", "status": "True", "message": _QUOTA}
    verdict = workloads.deployment(deployment(availableReplicas=0, conditions=[failure]), Around())
    assert [(problem.text, problem.lasting) for problem in verdict.problems] == [
        (f"no pod can be made: {_QUOTA}", True)
    ]


def test_a_quota_reaches_the_message_by_the_events_of_the_newest_replica_set() -> None:
    events = (
        event("new", "FailedCreate", "earlier", at="2029"),
        event("new", "FailedCreate", _QUOTA),
        event("old", "FailedCreate", "x"),
    )
    item = deployment(availableReplicas=1)
    assert [each.text for each in workloads.deployment(item, _around(events=events, few=True)).problems] == [
        f"no pod can be made: {_QUOTA}"
    ]
    assert workloads.deployment(item, _around(events=events)).problems == (), "all pods are there: the event is old"


def test_only_pods_of_the_newest_template_are_blamed() -> None:
    item = deployment(availableReplicas=1)
    bad = waiting("ImagePullBackOff", "not found")
    assert workloads.deployment(item, _around(pod("old", bad))).problems == ()
    (problem,) = workloads.deployment(item, _around(pod("new", bad))).problems
    assert problem.text == "container triton of pod web-1: ImagePullBackOff: not found"
    assert problem.lasting


def test_an_exceeded_progress_deadline_fails_with_what_the_pods_say() -> None:
    condition = {
        "type": "Progressing",
        "status": "False",
        "reason": "ProgressDeadlineExceeded",
        "message": "has timed out",
    }
    item = deployment(availableReplicas=0, conditions=[condition])
    assert workloads.deployment(item, Around()).failed == "has timed out"
    blamed = workloads.deployment(item, _around(pod("new", waiting("CreateContainerConfigError", "no secret"))))
    assert blamed.failed == "container triton of pod web-1: CreateContainerConfigError: no secret"


def test_the_exceeded_deadline_of_an_earlier_template_says_nothing_of_the_newest() -> None:
    exceeded = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "old"}
    item = deployment(observedGeneration=1, availableReplicas=0, conditions=[exceeded])
    item["metadata"]["generation"] = 2
    verdict = workloads.deployment(item, Around())
    assert verdict.waiting
    assert not verdict.failed


def _set(kind: str, **status: Any) -> dict[str, Any]:
    return {
        "kind": kind,
        "metadata": {"name": "s", "uid": "s", "generation": 1},
        "spec": {"replicas": 2},
        "status": {"observedGeneration": 1, **status},
    }


def test_a_stateful_set_is_ready_when_all_run_the_newest_revision() -> None:
    counted = {"readyReplicas": 2, "replicas": 2, "updatedReplicas": 1, "currentRevision": "a"}
    assert workloads.stateful_set(_set("StatefulSet", **counted, updateRevision="a"), Around()).done
    assert not workloads.stateful_set(_set("StatefulSet", **counted, updateRevision="b"), Around()).done
    manual = _set("StatefulSet", **counted, updateRevision="b")
    manual["spec"]["updateStrategy"] = {"type": "OnDelete"}
    assert workloads.stateful_set(manual, Around()).done, "its pods are replaced by hand"


def test_a_daemon_set_is_ready_when_every_node_has_an_available_new_pod() -> None:
    done = {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 2, "currentNumberScheduled": 2}
    assert workloads.daemon_set(_set("DaemonSet", **done), Around()).done
    assert workloads.daemon_set(_set("DaemonSet"), Around()).done, "no node is asked for"
    verdict = workloads.daemon_set(_set("DaemonSet", **{**done, "numberAvailable": 1}), Around())
    assert verdict.waiting == "for pods: 2/2 updated, 1/2 available"


@pytest.mark.parametrize(
    ("kind", "verdict"), [("StatefulSet", workloads.stateful_set), ("DaemonSet", workloads.daemon_set)]
)
def test_a_quota_reaches_the_message_of_every_controller_that_lacks_pods(kind: str, verdict: Any) -> None:
    item = _set(kind, replicas=1, desiredNumberScheduled=2, currentNumberScheduled=1)
    around = Around(events=(event("s", "FailedCreate", _QUOTA),))
    assert [problem.text for problem in verdict(item, around).problems] == [f"no pod can be made: {_QUOTA}"]


def test_a_replica_set_is_ready_when_its_replicas_are_available() -> None:
    assert workloads.replica_set(_set("ReplicaSet", availableReplicas=2), Around()).done
    assert not workloads.replica_set(_set("ReplicaSet", availableReplicas=1), Around()).done
