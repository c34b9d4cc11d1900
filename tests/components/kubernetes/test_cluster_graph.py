"""The whole graph of a stack on a cluster: what there is, under whom, after what, and what it shows."""

import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
from collections import Counter
from dataclasses import replace

import pulumi
import pytest

import components.kubernetes
from components.kubernetes.object_names import SLOTS
from tests.support.cluster_examples import (
    EVERYTHING,
    SITE,
    document,
    documents,
    job,
    model_spec,
    only_blue,
    physical,
    recorded,
    release_spec,
)
from tests.support.recording import Graph, reaches, reaches_all

MODULES = [
    importlib.import_module(f"components.kubernetes.{found.name}")
    for found in pkgutil.iter_modules(components.kubernetes.__path__)
]
CLASSES = {
    value
    for module in MODULES
    for value in vars(module).values()
    if inspect.isclass(value) and issubclass(value, pulumi.ComponentResource) and value.__module__ == module.__name__
}
BY_NAME = {kind.__name__: kind for kind in sorted(CLASSES, key=lambda kind: kind.__name__)}
NOTED = ("live", "previous", "shift")
OWNED = ("spec.rules", *(f'metadata.annotations["slipway.dev/{name}"]' for name in NOTED))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return recorded()


def test_both_services_of_a_model_are_there_whatever_its_slots_run(graph: Graph) -> None:
    names = {each.inputs["metadata"]["name"] for each in graph.of("kubernetes:core/v1:Service")}
    expected = {f"{model}-{slot}" for model in ("digits", "fraud-score") for slot in SLOTS}
    assert names == expected | {"models-gateway-metrics"}
    assert not [each for each in graph.of("Deployment") if each.inputs["metadata"]["name"] == "fraud-score-green"]


def test_nothing_is_in_the_namespace_before_it_denies_everything(graph: Graph) -> None:
    deny = physical(graph, "NetworkPolicy", "default-deny")
    assert reaches(graph, deny, physical(graph, "Namespace", "models"))
    inside = [each for each in graph if each.inputs.get("metadata", {}).get("namespace") == "models"]
    assert len(inside) > 50
    early = [each.name for each in inside if each is not deny and not reaches(graph, each, deny)]
    assert early == []


def test_pods_start_behind_a_policy_of_their_own(graph: Graph) -> None:
    for slot in SLOTS:
        deployment = physical(graph, "Deployment", f"digits-{slot}")
        assert reaches(graph, deployment, physical(graph, "NetworkPolicy", f"digits-{slot}"))
        assert reaches(
            graph, job(graph, f"digits-{slot}-gate"), physical(graph, "NetworkPolicy", f"digits-{slot}-gate")
        )


def test_a_slot_that_must_not_change_is_refused_before_its_pods(graph: Graph) -> None:
    guards = [each for each in graph if each.type.endswith(":LiveSlot")]
    assert len(guards) == 4
    assert graph.named("fraud_score-green-guard").inputs["sha256"] == "", "what is left out is guarded too"
    assert reaches_all(graph, physical(graph, "Deployment", "digits-blue"), [graph.named("digits-blue-guard")])


def test_every_object_waits_until_the_cluster_is_known_to_be_the_stacks(graph: Graph) -> None:
    identity, provider = graph.named("platform-cluster"), graph.named("platform-provider")
    assert reaches(graph, provider, identity)
    objects = [each for each in graph if each.type.startswith("kubernetes:")]
    assert {each.provider.startswith(provider.urn) for each in objects} == {True}


def test_the_provider_applies_on_the_server_and_knows_its_cluster(graph: Graph) -> None:
    inputs = graph.named("platform-provider").inputs
    assert str(inputs["enableServerSideApply"]).lower() == "true"
    assert inputs["clusterIdentifier"] == "kubeconfig (test)"
    assert inputs["context"] == "test"


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
def test_a_shift_alone_owns_the_rules_of_a_users_route(graph: Graph, kind: str) -> None:
    owned = {each.inputs["metadata"]["name"]: each.ignore_changes for each in graph.of(kind)}
    assert owned["digits"] == OWNED
    assert owned["digits-blue"] == (), "a pinned route has no weights to lose"


def test_keys_are_secret_wherever_they_stand(graph: Graph) -> None:
    secrets = {each.inputs["metadata"]["name"]: each for each in graph.of("Secret")}
    assert set(secrets) == {"gateway-keys", "operator-key", "triton-admin"}
    assert set(secrets["gateway-keys"].inputs["stringData"]) == {"demo", "on-call", "slipway-operator"}
    assert all("stringData" in each.secret_inputs for each in secrets.values())


def test_objects_of_other_operators_are_made_where_they_are_asked_for(graph: Graph) -> None:
    optional = ("PodMonitor", "PrometheusRule", "ScaledObject")
    assert not graph.of(*optional)
    scaled = model_spec(resources={**model_spec()["resources"], "replicas": {"min": 2, "max": 4}})
    full = recorded(scaled, site=EVERYTHING)
    assert {each.type.rpartition(":")[2] for each in full.of(*optional)} == set(optional)


def test_a_stack_that_prepares_its_end_has_no_pods_and_moves_nothing() -> None:
    draining = recorded(draining=True)
    assert {each.inputs["spec"]["replicas"] for each in draining.of("Deployment")} == {0}
    assert not draining.of("Job")


def test_an_autoscaler_keeps_no_pods_for_a_stack_that_prepares_its_end() -> None:
    scaled = model_spec(resources={**model_spec()["resources"], "replicas": {"min": 2, "max": 4}})
    draining = recorded(scaled, site=EVERYTHING, draining=True)
    assert {each.inputs["spec"]["replicas"] for each in draining.of("Deployment")} == {0}
    found = draining.of("ScaledObject")
    assert len(found) == 2, "one that goes in the same update as the pods would first bring them back"
    for each in found:
        assert each.inputs["metadata"]["annotations"] == {"autoscaling.keda.sh/paused-replicas": "0"}
        assert each.inputs["spec"]["minReplicaCount"] == 2


def test_another_release_is_another_gate_and_another_shift() -> None:
    def names(version: str) -> set[str]:
        slots = {**only_blue("digits"), "green": {"release": release_spec("digits", version)}}
        made = recorded(model_spec(slots=slots))
        return {each.inputs["metadata"]["name"] for each in made.of("Job")}

    assert len(names("2") - names("3")) == 3, "both gates compare with it, and the shift probes it"
    assert names("2") == names("2")


def test_a_directory_becomes_one_object_named_by_its_digest(graph: Graph) -> None:
    made = [each for each in graph.of("ConfigMap") if "-release-" in each.inputs["metadata"]["name"]]
    assert len(made) == 3
    for each in made:
        assert each.inputs["immutable"] is True
        assert each.inputs["metadata"]["annotations"]["slipway.dev/release-sha256"]


def test_a_release_elsewhere_is_not_copied_into_the_cluster() -> None:
    release = {"name": "digits", "version": "9", "uri": "s3://bucket/digits/9", "sha256": "9" * 64}
    graph = recorded(model_spec(slots={"blue": {"release": release}}))
    assert not [each for each in graph.of("ConfigMap") if "-release-" in each.inputs["metadata"]["name"]]
    pod = document(graph, "Deployment", "digits-blue")["spec"]["template"]["spec"]
    assert "s3://bucket/digits/9" in pod["initContainers"][0]["args"]


def test_every_object_is_labelled_with_its_stack(graph: Graph) -> None:
    for each in documents(graph):
        labels = each["metadata"]["labels"]
        assert labels["app.kubernetes.io/part-of"] == "slipway", each["metadata"]["name"]
        assert labels["slipway.dev/stack"] == "test"


def test_every_image_of_every_pod_is_named_by_digest(graph: Graph) -> None:
    images = re.findall(r'"image": "([^"]+)"', json.dumps(documents(graph)))
    assert images
    assert all(re.search(r"@sha256:[0-9a-f]{64}$", image) for image in images)


def test_no_object_has_the_name_of_another(graph: Graph) -> None:
    names = Counter(
        (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in documents(graph)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_every_child_stands_below_a_component_and_components_show_what_they_are(graph: Graph) -> None:
    for each in graph:
        assert each.name == "platform" or each.parent in graph.resources, each.name
        if not each.custom:
            shown = graph.outputs[each.urn]
            given = each.inputs.get("spec", each.inputs)
            assert shown.get("spec", shown).items() >= given.items(), f"{each.name} hides what rules read"


@pytest.mark.parametrize("kind", BY_NAME.values(), ids=BY_NAME)
def test_arguments_are_frozen_and_given_by_name(kind: type) -> None:
    parameters = inspect.signature(kind.__init__).parameters  # type: ignore[misc]
    assert list(parameters) == ["self", "name", "args", "opts"]
    args = parameters["args"].annotation
    assert args.__name__ == f"{kind.__name__}Args"
    assert args.__dataclass_params__.frozen
    assert all(field.kw_only for field in dataclasses.fields(args))


@pytest.mark.parametrize("name", BY_NAME)
def test_the_type_token_is_the_name_of_the_class(graph: Graph, name: str) -> None:
    made = recorded(install=True) if name == "Controllers" else graph
    assert [each for each in made if each.type == f"slipway:kubernetes:{name}"]


def test_two_stacks_share_a_cluster_in_namespaces_of_their_own(graph: Graph) -> None:
    other = recorded(site=replace(SITE, stack="other", namespace="others"))
    mine, theirs = (
        {(each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"]) for each in documents(found)}
        for found in (graph, other)
    )
    assert not mine & theirs


def test_a_slot_without_a_release_answers_in_words_and_leads_nowhere(graph: Graph) -> None:
    for kind in ("HTTPRoute", "GRPCRoute"):
        (rule,) = physical(graph, kind, "fraud-score-green").inputs["spec"]["rules"]
        assert "backendRefs" not in rule
        assert rule["filters"][0]["extensionRef"]["name"] == "fraud-score-no-slot"
