import pytest
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "api-route-auth-required"


def test_a_route_that_asks_for_a_token_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("value", ["NONE", MISSING, None])
def test_a_route_for_anybody_is_refused(value: object) -> None:
    (found,) = messages(ID, spoil("predict", "authorizationType", value))
    assert 'anybody may call the route "POST /predict". Where: Route predict, authorizationType.' in found


def test_routes_behind_the_gateway_s_own_keys_pass_in_development_only() -> None:
    behind = spoil("predict", "routeKey", "ANY /v2/{proxy+}", spoil("predict", "authorizationType", "NONE"))
    assert messages(ID, behind, "dev") == []
    assert messages(ID, behind, "prod")
    assert messages(ID, spoil("predict", "routeKey", "GET /healthz", behind), "prod") == []


def test_a_route_between_networks_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:ec2/route:Route", "r", {"authorizationType": "NONE"}))) == []
