import pytest
from cluster_mutants import ROUTE
from planned_pods import metadata
from planned_stack import MISSING, good_stack, messages, put, resource, spoil, without

ID = "route-rate-limit"
POLICY, RULE = "gateway-traffic", "spec.rateLimit.local.rules[0]"
TIMEOUT = "spec.timeout.http.requestTimeout"


def test_routes_with_a_limit_and_a_time_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_a_route_without_a_limit_is_refused() -> None:
    found = messages(ID, spoil(POLICY, "spec.rateLimit", MISSING))
    assert f"the route takes any number of requests. Where: HTTPRoute {ROUTE}, spec.parentRefs." in found[0]
    assert len(found) == 2


@pytest.mark.parametrize("amount", [MISSING, 0, "many"])
def test_a_limit_that_limits_nothing_is_refused(amount: object) -> None:
    (found,) = messages(ID, spoil(POLICY, f"{RULE}.limit.requests", amount))
    assert f"Where: BackendTrafficPolicy {POLICY}, {RULE}.limit.requests. Fix: set it above 0" in found


@pytest.mark.parametrize(("time", "passes"), [(MISSING, False), ("0s", False), ("3m", False), ("2m", True)])
def test_a_request_ends(time: object, passes: bool) -> None:
    assert (messages(ID, spoil(POLICY, TIMEOUT, time), "prod") == []) is passes


def test_a_policy_of_a_route_takes_the_place_of_the_gateways() -> None:
    target = [{"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "tumours"}]
    props = {"metadata": metadata("own"), "spec": {"targetRefs": target, "timeout": {"http": {"requestTimeout": "9s"}}}}
    own = put(resource("kubernetes:gateway.envoyproxy.io/v1alpha1:BackendTrafficPolicy", "own", props))
    (found,) = messages(ID, own)
    assert "the route takes any number of requests" in found
    assert messages(ID, spoil("own", "spec.mergeType", "JSONMerge", spoil("own", "spec.timeout", {}, own))) == []


def test_a_stack_without_routes_is_left_alone() -> None:
    assert messages(ID, without(POLICY, ROUTE, f"{ROUTE.replace('-route', '')}-blue-route")) == []
