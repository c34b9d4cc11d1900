from typing import Any

import pytest
from cluster_mutants import PINNED
from mechanics.facts import Stack
from planned_pods import MODEL, NAMESPACE, metadata
from planned_stack import MISSING, good_stack, messages, put, resource, spoil, without

ID = "route-policy-effective"
OWN = f"{MODEL}-access"
GATEWAY = [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gateway"}]
KEYS = {"apiKeyAuth": {"credentialRefs": [{"name": "gateway-keys"}], "sanitize": True}}


def _policy(name: str, spec: dict[str, Any], stack: Stack, namespace: str = NAMESPACE) -> Stack:
    props = {"metadata": metadata(name, "gateway", namespace=namespace), "spec": spec}
    return put(resource("kubernetes:gateway.envoyproxy.io/v1alpha1:SecurityPolicy", name, props), stack)


def test_routes_with_keys_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_a_route_without_a_policy_is_refused_and_the_gateways_is_enough() -> None:
    bare = without(OWN, f"{MODEL}-pinned-access")
    assert len(messages(ID, bare)) == 2
    assert "no SecurityPolicy holds for the route, so anybody may call it" in messages(ID, bare)[0]
    assert messages(ID, _policy("all", {"targetRefs": GATEWAY, **KEYS}, bare)) == []
    assert len(messages(ID, _policy("all", {"targetRefs": GATEWAY, **KEYS}, bare, "elsewhere"))) == 2


def test_a_policy_of_a_route_takes_the_place_of_the_gateways() -> None:
    covered = _policy("all", {"targetRefs": GATEWAY, **KEYS}, good_stack())
    cors = spoil(OWN, "spec.apiKeyAuth", MISSING, spoil(OWN, "spec.cors", {"allowOrigins": ["*"]}, covered))
    (found,) = messages(ID, cors)
    assert f"asks nobody who calls, and takes the place of the Gateway's. Where: SecurityPolicy {OWN}, spec." in found
    assert messages(ID, spoil(OWN, "spec.mergeType", "StrategicMerge", cors)) == []


@pytest.mark.parametrize("way", ["jwt", "oidc", "extAuth", "basicAuth"])
def test_there_are_other_ways_to_ask(way: str) -> None:
    assert messages(ID, spoil(OWN, f"spec.{way}", {"name": "x"}, spoil(OWN, "spec.apiKeyAuth", MISSING))) == []


def test_a_certificate_of_the_caller_is_one_of_them() -> None:
    mutual = spoil("door-clients", "spec.tls.clientValidation", {"caCertificateRefs": [{"name": "ca"}]})
    assert messages(ID, without(OWN, stack=mutual)) == []


def test_a_key_is_not_sent_on_and_not_everybody_may_call_everything() -> None:
    assert "the caller's key is sent on" in messages(ID, spoil(OWN, "spec.apiKeyAuth.sanitize", MISSING))[0]
    (found,) = messages(ID, spoil(OWN, "spec.authorization.defaultAction", "Allow"))
    assert "every known client may call every model" in found


def test_a_policy_may_choose_routes_by_label() -> None:
    chosen = [{"kind": "HTTPRoute", "matchLabels": {"slipway.dev/slot": "blue"}}]
    bare = without(f"{MODEL}-pinned-access")
    assert messages(ID, _policy("pinned", {"targetSelectors": chosen, **KEYS}, bare)) == []


def test_a_route_that_leads_nowhere_needs_no_policy_unless_a_shift_will_fill_it() -> None:
    silent = spoil(PINNED, "spec.rules", [{"filters": [{"type": "ExtensionRef"}]}])
    bare = without(f"{MODEL}-pinned-access", stack=silent)
    assert len(messages(ID, bare)) == 1
    assert messages(ID, spoil(PINNED, "metadata.labels", {}, bare)) == []
