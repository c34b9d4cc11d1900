import pytest
from planned_stack import MISSING, good_stack, messages, put, resource, spoil, without

ID = "single-public-entry"


def test_a_balancer_inside_and_one_domain_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("value", [False, None, MISSING])
def test_a_balancer_that_faces_the_internet_is_refused_until_it_is_allowed(value: object) -> None:
    (found,) = messages(ID, spoil("balancer", "internal", value))
    assert "the load balancer faces the internet. Where: LoadBalancer balancer, internal." in found
    assert messages(ID, spoil("balancer", "internal", value), publicBalancer=True) == []


def test_the_api_s_own_address_is_closed_where_there_is_a_domain() -> None:
    open_api = spoil("api", "disableExecuteApiEndpoint", False)
    (found,) = messages(ID, open_api)
    assert "the API answers at its own address too" in found
    assert messages(ID, without("domain", stack=open_api)) == []


def test_an_old_name_of_the_balancer_s_module_is_the_same_type() -> None:
    old = resource("aws:alb/loadBalancer:LoadBalancer", "old", {"internal": False})
    assert messages(ID, put(old))


def test_something_else_with_the_flag_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:ec2/vpcEndpointService:VpcEndpointService", "s", {"internal": False}))) == []
