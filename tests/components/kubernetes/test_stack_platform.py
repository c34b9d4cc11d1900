"""What a whole stack on a cluster does about keys, doors, pulls and priorities."""

import json
from dataclasses import replace

import pytest

from tests.support.cluster_examples import CLASSES, PUBLISHED, SITE, documents, recorded
from tests.support.recording import Graph, Resource, reaches


@pytest.fixture(scope="module")
def graph() -> Graph:
    return recorded()


def physical(graph: Graph, kind: str, name: str) -> Resource:
    (found,) = [each for each in graph.of(kind) if each.inputs["metadata"]["name"] == name]
    return found


def test_a_key_changes_in_place(graph: Graph) -> None:
    inputs = graph.named("platform-provider").inputs
    assert str(inputs["enableSecretMutable"]).lower() == "true", "a Secret that is replaced is away meanwhile"


def test_the_gateway_says_that_it_is_there_once_its_policies_hold(graph: Graph) -> None:
    route = physical(graph, "HTTPRoute", "health")
    assert reaches(graph, route, physical(graph, "HTTPRouteFilter", "health"))
    assert reaches(graph, route, graph.named("platform-gateway-open"))


def test_a_gateway_that_others_reach_is_entered_by_gates_from_inside() -> None:
    graph = recorded(site=replace(SITE, published=True, tls_secret="ours"), gateway=PUBLISHED)
    inside = physical(graph, "Service", "models-gateway-inside")
    assert graph.of("Job")
    for found in graph.of("Job"):
        assert "http://models-gateway-inside.envoy-gateway-system.svc" in json.dumps(found.inputs)
        assert reaches(graph, found, inside)
    (gateway,) = [each for each in graph.of("Gateway") if each.custom]
    assert reaches(graph, inside, gateway), "a Service is waited for until it has pods, and the Gateway makes them"


def test_proxies_have_the_priority_of_live_slots() -> None:
    graph = recorded(priority_classes=CLASSES)
    pod = graph.named("platform-gateway-proxy").inputs["spec"]["provider"]["kubernetes"]["envoyDeployment"]["pod"]
    assert pod["priorityClassName"] == CLASSES["live"]


def test_every_pod_pulls_its_images_with_the_secrets_that_are_named() -> None:
    graph = recorded(site=replace(SITE, pull_secrets=("registry", "mirror")))
    pods = [each.inputs["spec"]["template"]["spec"] for each in graph.of("Deployment", "Job")]
    assert len(pods) > 5
    assert all(each["imagePullSecrets"] == [{"name": "registry"}, {"name": "mirror"}] for each in pods)
    assert "imagePullSecrets" not in json.dumps(documents(recorded()))
