import pytest
from cluster_mutants import BLUE, ROUTE
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


@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort", "ExternalName"])
def test_a_service_of_a_cluster_is_reached_from_inside(kind: str) -> None:
    (found,) = messages(ID, spoil(f"{BLUE}-service", "spec.type", kind))
    assert f'the Service can be reached from outside: "{kind}". Where: Service {BLUE}-service, spec.type.' in found
    assert messages(ID, spoil(f"{BLUE}-service", "spec.type", MISSING)) == []


@pytest.mark.parametrize("token", ["networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1"])
def test_an_ingress_is_a_second_door(token: str) -> None:
    (found,) = messages(ID, put(resource(f"kubernetes:{token}:Ingress", "second", {"spec": {}})))
    assert "an Ingress is a second door" in found


def test_the_gateways_service_is_what_its_kind_of_stack_allows() -> None:
    path = "spec.provider.kubernetes.envoyService.type"
    on_nodes = spoil("proxies", path, "NodePort")
    assert messages(ID, on_nodes, "dev") == []
    assert 'the gateway\'s Service is "NodePort"' in messages(ID, on_nodes, "prod")[0]
    assert "the gateway's Service is not set" in messages(ID, spoil("proxies", path, MISSING), "dev")[0]


def test_a_route_shows_no_metrics() -> None:
    (found,) = messages(ID, spoil(ROUTE, "spec.rules[0].backendRefs[0].port", 8002))
    assert "the route shows a model server's metrics" in found
