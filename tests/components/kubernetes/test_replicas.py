"""How many pods may be away, and when there are more: arithmetic."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.kubernetes.document import Document
from components.kubernetes.model_resources import ModelResources, priority_class, resource_problems
from components.kubernetes.replicas import autoscaler, disruption_budget

ROOMY: dict[str, Any] = {"memory_mib": 1024, "shm_mib": 64}


def resources(least: int, most: int | None = None, **more: Any) -> ModelResources:
    return ModelResources(min_replicas=least, max_replicas=most or least, **more)


def budget(least: int) -> Document | None:
    return disruption_budget(resources(least), {"name": "digits-blue"}, {"slot": "blue"})


def scaling(found: ModelResources, *, live: bool = True, url: str | None = "http://prometheus") -> Document | None:
    return autoscaler(
        found,
        {"name": "digits-blue"},
        deployment="digits-blue",
        namespace="models",
        prometheus_url=url,
        calm_seconds=400,
        live=live,
    )


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
    assert scaling(cooling, live=True) is None


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
