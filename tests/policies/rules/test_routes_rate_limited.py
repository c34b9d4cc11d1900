import pytest
from cluster_mutants import ROUTE
from planned_pods import metadata
from planned_stack import MISSING, good_stack, messages, put, resource, spoil, without

ID = "route-rate-limit"
POLICY, RULE = "gateway-traffic", "spec.rateLimit.local.rules[0]"
PROXIES = "spec.provider.kubernetes.envoyDeployment"
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


@pytest.mark.parametrize(
    ("limit", "replicas", "most", "passes"),
    [
        ({"requests": 1000, "unit": "Second"}, MISSING, 1000, True),
        ({"requests": 1000, "unit": "Second"}, 2, 2000, True),
        ({"requests": 1000, "unit": "Second"}, 3, 2000, False),
        ({"requests": 60000, "unit": "Minute"}, 2, 2000, True),
        ({"requests": 60001, "unit": "Minute"}, 2, 2000, False),
        ({"requests": 3600 * 24, "unit": "Day"}, 1, 1, True),
        ({"requests": 5, "unit": "Fortnight"}, 1, 1, True),
    ],
)
def test_every_proxy_lets_its_own_share_in(limit: object, replicas: object, most: float, passes: bool) -> None:
    proxies = spoil("proxies", f"{PROXIES}.replicas", replicas, spoil("proxies", f"{PROXIES}.replicas", 1))
    found = messages(ID, spoil(POLICY, f"{RULE}.limit", limit, proxies), maxPerSecond=most)
    assert (found == []) is passes
    assert (
        passes
        or f"requests a second in, and {most:g} are agreed. Where: BackendTrafficPolicy {POLICY}, {RULE}" in found[0]
    )


def test_proxies_that_scale_count_at_their_most() -> None:
    scaling = spoil("proxies", "spec.provider.kubernetes.envoyHpa", {"minReplicas": 2, "maxReplicas": 10})
    (found,) = messages(ID, scaling, maxPerSecond=5000)
    assert "10 proxies together let 10000 requests a second in" in found


def test_a_limit_of_all_proxies_counts_once() -> None:
    rules = {"rules": [{"limit": {"requests": 2000, "unit": "Second"}}]}
    shared = spoil(POLICY, "spec.rateLimit", {"type": "Global", "global": rules})
    proxies = spoil("proxies", f"{PROXIES}.replicas", 9, shared)
    assert messages(ID, proxies, maxPerSecond=2000) == []
    assert len(messages(ID, proxies, maxPerSecond=1999)) == 1


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
