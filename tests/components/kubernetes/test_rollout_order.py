"""Whose turn it is in a stack on a cluster: slots, gates and the shift, and what each waits for, and how long."""

import pytest

from tests.support.cluster_examples import (
    EVERYTHING,
    SITE,
    document,
    documents,
    job,
    model_spec,
    physical,
    recorded,
)
from tests.support.recording import Graph, reaches, reaches_all


@pytest.fixture(scope="module")
def graph() -> Graph:
    return recorded()


@pytest.mark.parametrize(("live", "idle"), [("blue", "green"), ("green", "blue")])
def test_traffic_waits_for_the_slot_that_gets_it_and_for_nothing_of_the_other(live: str, idle: str) -> None:
    graph = recorded(model_spec(live=live))
    shift, gate, pods = (
        job(graph, "digits-shift"), job(graph, f"digits-{live}-gate"), physical(graph, "Deployment", f"digits-{live}")
    )  # fmt: skip
    assert reaches(graph, shift, gate)
    assert reaches(graph, gate, pods)
    others = [job(graph, f"digits-{idle}-gate"), physical(graph, "Deployment", f"digits-{idle}")]
    assert not [each.name for each in others if reaches(graph, shift, each)], "what is broken would block the way back"


@pytest.mark.parametrize(("live", "idle"), [("blue", "green"), ("green", "blue")])
def test_a_slot_that_becomes_idle_changes_when_its_traffic_is_gone(live: str, idle: str) -> None:
    resources = {**model_spec()["resources"], "replicas": 2, "idle_warm_hours": 1}
    graph = recorded(model_spec(live=live, resources=resources), site=EVERYTHING)
    shift = job(graph, "digits-shift")
    for kind in ("Deployment", "ScaledObject", "PodDisruptionBudget"):
        assert reaches(graph, physical(graph, kind, f"digits-{idle}"), shift), kind
    assert reaches(graph, shift, physical(graph, "ScaledObject", f"digits-{live}")), "it wakes what a rollback needs"
    assert not reaches(graph, graph.named(f"digits-{idle}-guard"), shift), "a refusal comes before anything moves"


def test_two_gates_never_measure_each_others_load(graph: Graph) -> None:
    assert reaches(graph, job(graph, "digits-green-gate"), job(graph, "digits-blue-gate"))
    assert reaches(graph, job(graph, "digits-green-gate"), physical(graph, "Deployment", "digits-green"))


def test_a_rollout_waits_longer_than_its_pods_may_start(graph: Graph) -> None:
    metadata, spec = (physical(graph, "Deployment", "digits-blue").inputs[part] for part in ("metadata", "spec"))
    assert spec["progressDeadlineSeconds"] > SITE.start_timeout_seconds
    waited = float(metadata["annotations"]["pulumi.com/timeoutSeconds"])
    assert waited > spec["replicas"] * spec["progressDeadlineSeconds"], "pods are replaced one after the other"
    assert "pulumi.com/timeoutSeconds" not in spec["template"]["metadata"]["annotations"], "it would restart pods"


def test_a_number_of_pods_is_said_by_the_stack_or_by_the_autoscaler() -> None:
    resources = {**model_spec()["resources"], "replicas": 2, "idle_warm_hours": 1}
    cooling = document(recorded(model_spec(resources=resources), site=EVERYTHING), "Deployment", "digits-blue")
    assert "replicas" not in cooling["spec"]
    fixed = document(recorded(), "Deployment", "digits-blue")
    assert fixed["metadata"]["annotations"]["pulumi.com/patchForce"] == "true", "an autoscaler may have owned it"
    assert "pulumi.com/patchForce" not in cooling["metadata"]["annotations"]


def test_jobs_are_as_urgent_as_the_slots_they_work_for() -> None:
    graph = recorded(priority_classes={"live": "models-live", "idle": "models-idle"})
    classes = {each.inputs["spec"]["template"]["spec"].get("priorityClassName") for each in graph.of("Job")}
    assert classes == {"models-live"}


def test_only_what_may_be_cold_is_waited_for() -> None:
    def waits(**more: float) -> set[str]:
        spec = model_spec(resources={**model_spec()["resources"], **more})
        found = [
            each["spec"]["template"]["spec"]["containers"][0]["args"]
            for each in documents(recorded(spec, site=EVERYTHING))
            if each["kind"] == "Job"
        ]
        return {args[args.index("--wait-seconds") + 1] for args in found}

    assert waits() == {"0", "60"}
    assert waits(idle_warm_hours=1) == {"360"}


def test_a_gate_asks_through_a_gateway_that_lets_it_pass(graph: Graph) -> None:
    gate = job(graph, "digits-blue-gate")
    for kind, name in (
        ("Gateway", "gateway"),
        ("HTTPRoute", "digits-blue"),
        ("SecurityPolicy", "digits-pinned"),
        ("EnvoyExtensionPolicy", "request-guard"),
        ("Secret", "operator-key"),
    ):
        resource = [each for each in graph.of(kind) if each.custom and each.inputs["metadata"]["name"] == name]
        assert reaches_all(graph, gate, resource), f"the gate must wait for {kind} {name}"


def test_every_pod_comes_after_the_releases_that_it_mounts(graph: Graph) -> None:
    maps = {each.inputs["metadata"]["name"]: each for each in graph.of("ConfigMap")}
    for pods in graph.of("Deployment", "Job"):
        volumes = pods.inputs["spec"]["template"]["spec"]["volumes"]
        mounted = [maps[volume["configMap"]["name"]] for volume in volumes if "configMap" in volume]
        assert mounted
        assert reaches_all(graph, pods, mounted), pods.name
