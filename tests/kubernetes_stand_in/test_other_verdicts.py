"""Services, claims, definitions and the kinds that are ready at once."""

from typing import Any

import pytest

from tests.support.kubernetes_stand_in.rows import row_of
from tests.support.kubernetes_stand_in.verdict import Around

_SLICE = {"endpoints": [{"conditions": {"ready": True}}]}
_NOT_READY = {"endpoints": [{"conditions": {"ready": False}}]}
_ADDRESS = {"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}}


def _verdict(api_version: str, kind: str, around: Around | None = None, **parts: Any) -> Any:
    item = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "uid": "u"}, **parts}
    return row_of(item).ready(item, around or Around())


@pytest.mark.parametrize(
    "spec",
    [
        {"type": "ExternalName", "selector": {"a": "b"}},
        {"clusterIP": "None", "selector": {"a": "b"}},
        {"clusterIP": "10.0.0.1"},
    ],
    ids=["external name", "headless", "no selector"],
)
def test_a_service_without_endpoints_of_its_own_is_ready_at_once(spec: dict[str, Any]) -> None:
    assert _verdict("v1", "Service", spec=spec).done


def test_a_service_waits_for_a_ready_endpoint_and_names_its_selector() -> None:
    spec = {"clusterIP": "10.0.0.1", "selector": {"b": "2", "a": "1"}}
    waiting = _verdict("v1", "Service", Around(endpoint_slices=(_NOT_READY,)), spec=spec).waiting
    assert waiting == "for a ready endpoint among the pods with a=1,b=2"
    assert _verdict("v1", "Service", Around(endpoint_slices=(_NOT_READY, _SLICE)), spec=spec).done


def test_a_load_balancer_waits_for_its_address_too() -> None:
    spec, around = {"type": "LoadBalancer", "selector": {"a": "b"}}, Around(endpoint_slices=(_SLICE,))
    assert _verdict("v1", "Service", around, spec=spec, status={}).waiting == "for the load balancer's address"
    assert _verdict("v1", "Service", around, spec=spec, status=_ADDRESS).done


def test_an_ingress_waits_for_its_address() -> None:
    assert not _verdict("networking.k8s.io/v1", "Ingress", status={"loadBalancer": {}}).done
    assert _verdict("networking.k8s.io/v1", "Ingress", status=_ADDRESS).done


def test_a_claim_waits_for_its_volume_unless_that_comes_with_the_first_pod() -> None:
    pending = {"phase": "Pending"}
    assert not _verdict("v1", "PersistentVolumeClaim", status=pending).done
    assert _verdict("v1", "PersistentVolumeClaim", status={"phase": "Bound"}).done
    later = {"involvedObject": {"uid": "u"}, "reason": "WaitForFirstConsumer", "message": "later"}
    assert _verdict("v1", "PersistentVolumeClaim", Around(events=(later,)), status=pending).done


def test_a_definition_waits_until_its_kind_is_served_and_fails_when_its_names_are_taken() -> None:
    group = "apiextensions.k8s.io/v1"
    served = {"conditions": [{"type": "Established", "status": "True"}]}
    taken = {"conditions": [{"type": "NamesAccepted", "status": "False", "message": "plural in use"}]}
    assert _verdict(group, "CustomResourceDefinition", status=served).done
    assert not _verdict(group, "CustomResourceDefinition", status={}).done
    assert "plural in use" in _verdict(group, "CustomResourceDefinition", status=taken).failed


@pytest.mark.parametrize(
    ("api_version", "kind", "bad", "good"),
    [
        ("v1", "Namespace", {"phase": "Terminating"}, {"phase": "Active"}),
        ("v1", "PersistentVolume", {"phase": "Pending"}, {"phase": "Available"}),
        ("apiregistration.k8s.io/v1", "APIService", {}, {"conditions": [{"type": "Available", "status": "True"}]}),
    ],
)
def test_a_kind_with_a_phase_or_a_condition_waits_for_it(
    api_version: str, kind: str, bad: dict[str, Any], good: dict[str, Any]
) -> None:
    assert not _verdict(api_version, kind, status=bad).done
    assert _verdict(api_version, kind, status=good).done


@pytest.mark.parametrize("kind", ["ConfigMap", "ServiceAccount", "Anything"])
def test_every_other_kind_is_ready_at_once(kind: str) -> None:
    assert _verdict("v1", kind).done
