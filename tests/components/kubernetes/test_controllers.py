"""Envoy Gateway by its chart, where a stack installs it, and the certificate of a gateway that somebody made."""

from dataclasses import replace

import pulumi
import pytest

from components.kubernetes.controllers import ENVOY_GATEWAY, EnvoyGatewayValues
from components.kubernetes.gateway import TlsPair
from tests.support.cluster_examples import SITE, document, recorded
from tests.support.recording import Graph, reaches


@pytest.fixture(scope="module")
def graph() -> Graph:
    return recorded(install=True, gateway_namespace_labels={"example.com/gate": "on"})


def test_the_chart_is_pinned_by_version_and_digest(graph: Graph) -> None:
    release = graph.one("kubernetes:helm.sh/v3:Release")
    assert release.inputs["chart"] == ENVOY_GATEWAY.reference
    assert release.inputs["version"] == "v1.9.1"
    assert release.inputs["namespace"] == SITE.gateway_namespace


def test_the_controller_keeps_its_pods_through_a_drain_and_runs_the_guard() -> None:
    values = EnvoyGatewayValues(replicas=3).values()
    assert (values["deployment"], values["podDisruptionBudget"]) == ({"replicas": 3}, {"minAvailable": 2})
    assert values["config"]["envoyGateway"]["extensionApis"] == {"enableLua": True}


def test_its_namespace_carries_what_other_controllers_read(graph: Graph) -> None:
    labels = document(graph, "Namespace", SITE.gateway_namespace)["metadata"]["labels"]
    assert labels["example.com/gate"] == "on"
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_nothing_of_the_gateway_is_made_before_its_controller(graph: Graph) -> None:
    release = graph.one("kubernetes:helm.sh/v3:Release")
    for kind in ("GatewayClass", "EnvoyProxy", "Gateway"):
        (found,) = [each for each in graph.of(kind) if each.custom]
        assert reaches(graph, found, release), f"{kind} needs the definitions of the chart"


def test_a_controller_that_is_there_is_left_alone() -> None:
    assert not recorded().of("kubernetes:helm.sh/v3:Release")


def test_a_certificate_that_was_made_for_the_gateway_becomes_its_secret() -> None:
    pair = TlsPair(certificate_pem="certificate", private_key_pem=pulumi.Output.secret("key"))
    graph = recorded(site=replace(SITE, tls_secret="gateway-tls"), tls=pair)
    (secret,) = [each for each in graph.of("Secret") if each.inputs["metadata"]["name"] == "gateway-tls"]
    assert secret.inputs["type"] == "kubernetes.io/tls"
    assert set(secret.inputs["stringData"]) == {"tls.crt", "tls.key"}
    assert "stringData" in secret.secret_inputs
    (gateway,) = [each for each in graph.of("Gateway") if each.custom]
    assert reaches(graph, gateway, secret)
