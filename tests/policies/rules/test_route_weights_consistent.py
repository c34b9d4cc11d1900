from typing import Any

import pytest
from cluster_mutants import BLUE, GREEN, ROUTE
from mechanics.facts import Stack
from planned_stack import MISSING, messages, put, resource, spoil, without

ID = "route-weights-consistent"
FIRST, SECOND = "spec.rules[0].backendRefs[0]", "spec.rules[0].backendRefs[1]"


def _weights(blue: object, green: object, stack: Stack | None = None) -> Stack:
    return spoil(ROUTE, f"{FIRST}.weight", blue, spoil(ROUTE, f"{SECOND}.weight", green, stack))


@pytest.mark.parametrize(("blue", "green"), [(100, 0), (0, 100), (95, 5), (0, 0)])
def test_weights_that_add_up_pass(blue: int, green: int) -> None:
    assert messages(ID, _weights(blue, green), "prod") == []


def test_a_route_that_leads_nowhere_yet_passes() -> None:
    assert messages(ID, spoil(ROUTE, "spec.rules", [{"filters": [{"type": "ExtensionRef"}]}])) == []


@pytest.mark.parametrize(("blue", "green", "shown"), [(100, 5, "100 and 5"), (1, 1, "1 and 1"), (50, 0, "50 and 0")])
def test_weights_that_do_not_add_up_are_shown(blue: int, green: int, shown: str) -> None:
    (found,) = messages(ID, _weights(blue, green))
    assert f"the weights are {shown}, not 100 together. Where: HTTPRoute {ROUTE}, spec.rules[0].backendRefs." in found


def test_an_omitted_weight_is_refused_where_there_are_two_backends() -> None:
    assert "a backend has no weight, which means 1" in messages(ID, _weights(100, MISSING))[0]
    alone: list[dict[str, Any]] = [{"name": BLUE, "port": 8000}]
    assert messages(ID, spoil(ROUTE, "spec.rules[0].backendRefs", alone)) == []


def test_traffic_for_a_slot_that_nothing_runs_is_refused() -> None:
    gone = without(GREEN)
    assert messages(ID, gone) == []
    (found,) = messages(ID, _weights(95, 5, gone))
    assert f'requests go to "{GREEN}", and nothing runs that slot' in found


def test_a_backend_that_nobody_made_is_refused() -> None:
    assert f'"{GREEN}" is no Service of this stack' in messages(ID, without(f"{GREEN}-service"))[0]
    assert "is no Service" in messages(ID, spoil(ROUTE, f"{SECOND}.namespace", "other"))[0]


def test_another_models_slot_is_refused() -> None:
    spec = {"selector": {"slipway.dev/model": "digits", "slipway.dev/slot": "blue"}}
    props = {"metadata": {"name": "digits-blue", "namespace": "models"}, "spec": spec}
    other = put(resource("kubernetes:core/v1:Service", "other", props))
    (found,) = messages(ID, spoil(ROUTE, f"{SECOND}.name", "digits-blue", other))
    assert 'the route of tumours leads to "digits-blue", which serves another model' in found


def test_a_mirror_needs_a_slot_that_runs() -> None:
    mirror = [{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": GREEN, "port": 8000}}}]
    mirrored = spoil(ROUTE, "spec.rules[0].filters", mirror)
    assert messages(ID, mirrored) == []
    assert "nothing runs that slot" in messages(ID, without(GREEN, stack=mirrored))[0]


def test_routes_of_other_kinds_count_too() -> None:
    rules = [{"backendRefs": [{"name": BLUE, "weight": 1}, {"name": GREEN, "weight": 1}]}]
    props = {"metadata": {"name": "g", "namespace": "models"}, "spec": {"rules": rules}}
    for token in ("v1alpha2:GRPCRoute", "v1alpha2:TLSRoute"):
        assert len(messages(ID, put(resource(f"kubernetes:gateway.networking.k8s.io/{token}", "g", props)))) == 1


def test_what_is_no_route_is_left_alone() -> None:
    props = {"spec": {"rules": [{"backendRefs": [{"name": "nobody"}]}]}}
    assert messages(ID, put(resource("kubernetes:networking.k8s.io/v1:Ingress", "none", props))) == []
