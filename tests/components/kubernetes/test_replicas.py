"""How many pods may be away, and when there are more: arithmetic."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.kubernetes.document import Document
from components.kubernetes.model_resources import ModelResources, priority_class, resource_problems
from components.kubernetes.replicas import autoscaler, disruption_budget

ROLLOUTS = "app.kubernetes.io/component in (gate,shift),slipway.dev/model=digits"
ROOMY: dict[str, Any] = {"memory_mib": 1024, "shm_mib": 64}


def resources(least: int, most: int | None = None, **more: Any) -> ModelResources:
    return ModelResources(min_replicas=least, max_replicas=most or least, **more)


def budget(least: int, most: int | None = None) -> Document | None:
    return disruption_budget(resources(least, most), {"name": "digits-blue"}, {"slot": "blue"})


def scaling(found: ModelResources, *, live: bool = True, url: str | None = "http://prometheus") -> Document | None:
    return autoscaler(
        found,
        {"name": "digits-blue", "namespace": "models"},
        rollouts=ROLLOUTS,
        prometheus_url=url,
        calm_seconds=400,
        live=live,
    )


def triggers(found: Document | None) -> dict[str, Document]:
    assert found is not None
    return {trigger["name"]: trigger for trigger in found["spec"]["triggers"]}


@given(replicas=st.integers(min_value=0, max_value=200))
def test_a_budget_never_blocks_a_drain_and_never_lets_the_last_pod_go(replicas: int) -> None:
    found = budget(replicas)
    if replicas < 2:
        assert found is None, "one pod cannot both stay and go"
        return
    assert found is not None
    away = found["spec"]["maxUnavailable"]
    assert away >= 1, "a drain must make progress"
    assert replicas - away >= 1, "a pod must stay"
    assert found["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_a_slot_that_may_have_two_pods_has_a_budget_for_when_it_has_them() -> None:
    assert budget(1, 4) is not None
    assert budget(1, 1) is None


def test_pods_follow_the_time_in_queues_and_the_requests_that_wait() -> None:
    found = scaling(resources(2, 6))
    assert found is not None
    spec = found["spec"]
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (2, 6)
    queries = [trigger["metadata"]["query"] for trigger in spec["triggers"]]
    assert [query for query in queries if "nv_inference_queue_duration_us" in query]
    assert [query for query in queries if "nv_inference_pending_request_count" in query]
    assert not [query for query in queries if "gpu" in query], "a stuck model has a busy GPU too"
    behaviour = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behaviour["scaleDown"]["stabilizationWindowSeconds"] >= 400, "a pod must have had time to start"


def test_a_fixed_number_is_scaled_by_nothing() -> None:
    assert scaling(resources(2)) is None
    assert scaling(resources(2, 6), url=None) is None


def test_an_idle_slot_goes_cold_where_that_is_asked_for_and_a_live_one_never_does() -> None:
    cooling = resources(1, idle_warm_hours=2)
    idle = scaling(cooling, live=False)
    assert idle is not None
    assert (idle["spec"]["minReplicaCount"], idle["spec"]["cooldownPeriod"]) == (0, 7200)
    assert idle["spec"]["initialCooldownPeriod"] == 7200, "KEDA takes what was never active at once otherwise"


@pytest.mark.parametrize("live", [True, False])
def test_a_slot_that_may_go_cold_is_always_scaled_by_the_autoscaler(live: bool) -> None:
    found = scaling(resources(3, idle_warm_hours=2), live=live)
    assert found is not None, "a number of pods that comes and goes with the role would fall to one in between"
    assert (found["spec"]["minReplicaCount"], found["spec"]["maxReplicaCount"]) == (3 if live else 0, 3)


def test_what_probes_ask_keeps_no_slot_warm() -> None:
    found = triggers(scaling(resources(2, idle_warm_hours=2), live=False))
    assert float(found["queue-ms"]["metadata"]["activationThreshold"]) > 0
    assert float(found["pending"]["metadata"]["activationThreshold"]) >= 2, "both probes of a pod may wait"
    asked = found["asked"]["metadata"]
    assert "- 0.3 * count(count by (pod) (nv_inference_request_success" in asked["query"]
    assert 0 < float(asked["activationThreshold"]) < 0.3
    assert float(asked["threshold"]) >= 1e6, "it wakes, and asks for no more than one pod"


def test_a_gate_or_a_shift_wakes_a_slot_that_is_cold() -> None:
    found = triggers(scaling(resources(1, idle_warm_hours=2), live=False))["rollout"]
    assert found["type"] == "kubernetes-workload"
    assert found["metadata"] == {"podSelector": ROLLOUTS, "value": "1000000"}
    assert set(triggers(scaling(resources(2, 6)))) == {"queue-ms", "pending"}, "a slot that stays warm needs no waking"


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({**ROOMY, "replicas": {"min": 3, "max": 2}}, "the most must not be below the least."),
        ({**ROOMY, "replicas": {"min": 1, "max": 2}}, "replicas is 1 to 2, but platform.autoscaler is none;"),
        ({"memory_mib": 256, "shm_mib": 256}, "memory_mib is 256, but shm_mib counts against it and is 256;"),
        ({**ROOMY, "gpu": 1}, "gpu is set and pool is not; name the pool of GPU nodes"),
        ({**ROOMY, "accelerator_share": {"kind": "time_slicing"}}, "accelerator_share is set and gpu is 0;"),
    ],
)
def test_resources_that_contradict_themselves_are_told(spec: dict[str, Any], sentence: str) -> None:
    assert [problem for problem in resource_problems(spec, autoscaled=False) if sentence in problem]


def test_resources_that_fit_are_let_through() -> None:
    fitting = {**ROOMY, "gpu": 1, "pool": "gpu", "replicas": {"min": 1, "max": 2}}
    assert list(resource_problems(fitting, autoscaled=True)) == []


def test_a_switch_restarts_no_pod_unless_the_idle_slot_may_be_evicted() -> None:
    classes = {"live": "models-live", "idle": "models-idle"}
    same, lower = ModelResources(), ModelResources(preemptible_idle=True)
    assert priority_class(same, classes, live=True) == priority_class(same, classes, live=False) == "models-live"
    assert priority_class(lower, classes, live=False) == "models-idle"
    assert priority_class(lower, None, live=False) is None
