from typing import Any

import pytest
from cluster_mutants import BLUE, GREEN
from planned_pods import metadata
from planned_stack import MISSING, good_stack, messages, put, resource, spoil, without

ID = "autoscaler-sane"
SCALER = f"{BLUE}-autoscaler"


def _keda(**changes: Any) -> list[str]:
    spec = {
        "scaleTargetRef": {"name": BLUE}, "minReplicaCount": 2, "maxReplicaCount": 4,
        "triggers": [{"type": "prometheus", "metadata": {"query": "pending"}}],
    }  # fmt: skip
    props = {"metadata": metadata(BLUE), "spec": spec | changes}
    scaled = resource("kubernetes:keda.sh/v1alpha1:ScaledObject", "keda", props)
    return messages(ID, put(scaled, without(SCALER)), "prod")


def test_an_autoscaler_by_waiting_requests_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []
    assert _keda() == []


def test_a_live_slot_keeps_as_many_pods_as_its_kind_of_stack_asks() -> None:
    small = spoil(SCALER, "spec.minReplicas", 1)
    assert messages(ID, small, "dev") == []
    (found,) = messages(ID, small, "prod")
    assert "the slot may shrink to 1 pods, and needs 2" in found
    assert f"Where: HorizontalPodAutoscaler {SCALER}, spec.minReplicas." in found


def test_an_idle_slot_may_sleep_and_a_live_one_may_not() -> None:
    assert messages(ID, spoil(f"{GREEN}-autoscaler", "spec.minReplicas", 0), "prod") == []
    assert "may shrink to 0 pods" in _keda(minReplicaCount=0)[0]
    assert "may shrink to 0 pods" in _keda(minReplicaCount=None)[0], "KEDA's own default is 0"


@pytest.mark.parametrize("most", [2, 51, None])
def test_the_upper_bound_is_above_the_lower_and_below_the_ceiling(most: int | None) -> None:
    assert "the slot may grow from 2 to" in messages(ID, spoil(SCALER, "spec.maxReplicas", most), "prod")[0]


def test_a_fixed_number_of_pods_may_be_put_to_sleep_when_its_slot_is_idle() -> None:
    assert _keda(maxReplicaCount=2) == [], "what wakes and sleeps has one number while it is awake"
    assert "the slot may grow from 2 to 1" in _keda(maxReplicaCount=1)[0]


@pytest.mark.parametrize("triggers", [[], [{"type": "cpu"}], [{"type": "memory"}, {"type": "cpu"}]])
def test_the_load_of_processors_alone_says_nothing(triggers: object) -> None:
    assert "by the load of its processors only, or by nothing" in _keda(triggers=triggers)[0]


def test_a_slot_shrinks_no_sooner_than_a_pod_loads() -> None:
    path = "spec.behavior.scaleDown.stabilizationWindowSeconds"
    (found,) = messages(ID, spoil(SCALER, path, 60), "prod")
    assert "the slot shrinks after 60 seconds" in found
    assert messages(ID, spoil(SCALER, "spec.behavior", MISSING), "prod") == [], "Kubernetes waits 300 seconds itself"


def test_only_one_sets_the_number_of_pods() -> None:
    (found,) = messages(ID, spoil(BLUE, "spec.replicas", 2))
    assert f"both the stack and {BLUE} set the number of pods" in found


def test_an_autoscaler_that_pauses_sets_no_number() -> None:
    paused = spoil(SCALER, "metadata.annotations", {"autoscaling.keda.sh/paused-replicas": "0"})
    assert messages(ID, spoil(BLUE, "spec.replicas", 0, paused), "prod") == []
    assert messages(ID, spoil(BLUE, "spec.replicas", 2, without(SCALER))) == []
