from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.aws.aws_site import Site
from components.aws.endpoint_plan import CORE, Core, Isolated
from components.aws.network import Network, NetworkArgs
from components.aws.network_spec import FlowLogsToS3, Nat, NatIn, NatPerZone, NatRegional, NetworkSpec, NoNat
from serving.errors import ConfigurationError
from tests.support.aws_examples import DEV, PROD, ZONES
from tests.support.recording import Graph, reaches, reaches_all, record

FOUR = ("use1-az1", "use1-az2", "use1-az4", "use1-az6")


def network(site: Site = PROD, *, zones: tuple[str, ...] = ZONES, nat: Nat | None = None, **more: Any) -> Graph:
    more.setdefault("flow_logs", FlowLogsToS3(days=90, traffic="ALL"))
    spec = NetworkSpec(zones=zones, nat=nat or NatPerZone(), **{"endpoints": Core(), **more})
    return record(lambda: Network("net", NetworkArgs(site=site, spec=spec)))


@pytest.fixture(scope="module")
def prod() -> Graph:
    return network()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.sampled_from(FOUR), min_size=2, max_size=3))
def test_more_zones_add_children_and_change_none(some: set[str]) -> None:
    small, large = network(zones=tuple(sorted(some))), network(zones=FOUR)
    for before in small:
        after = large.resources.get(before.urn)
        assert after is not None, f"{before.name} is gone with more zones"
        assert after.inputs == before.inputs, f"{before.name} changes with more zones"


def test_every_private_subnet_has_one_table_with_one_way_out_through_its_own_zone(prod: Graph) -> None:
    for zone in ZONES:
        associated = [a for a in prod.of("RouteTableAssociation") if a.inputs["subnetId"] == f"net-private-{zone}-id"]
        assert [a.inputs["routeTableId"] for a in associated] == [f"net-private-{zone}-routes-id"]
        routes = [r for r in prod.of("Route") if r.inputs["routeTableId"] == f"net-private-{zone}-routes-id"]
        assert [r.inputs["natGatewayId"] for r in routes] == [f"net-nat-{zone}-id"]


def test_one_shared_gateway_still_leaves_a_table_per_zone() -> None:
    shared = network(nat=NatIn(zone="use1-az2"))
    private = [route for route in shared.of("Route") if "natGatewayId" in route.inputs]
    assert len({route.inputs["routeTableId"] for route in private}) == len(ZONES)
    assert {route.inputs["natGatewayId"] for route in private} == {"net-nat-use1-az2-id"}


def test_going_from_one_gateway_to_one_per_zone_edits_routes_only() -> None:
    one, each = network(nat=NatIn(zone="use1-az1")), network(nat=NatPerZone())
    changed = [r.type for r in one if each.resources[r.urn].inputs != r.inputs]
    assert set(changed) == {"aws:ec2/route:Route"}


def test_a_regional_gateway_stands_in_no_subnet() -> None:
    graph = network(nat=NatRegional())
    gateway = graph.one("NatGateway")
    assert gateway.inputs["availabilityMode"] == "regional"
    assert {"subnetId", "allocationId"}.isdisjoint(gateway.inputs)
    assert graph.of("Eip") == []


def test_the_intra_table_leads_nowhere(prod: Graph) -> None:
    assert "net-intra-routes-id" not in {route.inputs["routeTableId"] for route in prod.of("Route")}


def test_no_subnet_gives_out_public_addresses(prod: Graph) -> None:
    assert {subnet.inputs["mapPublicIpOnLaunch"] for subnet in prod.of("Subnet")} == {False}
    assert len(prod.of("Subnet")) == 9


def test_s3_is_reached_directly_from_all_private_and_intra_tables(prod: Graph) -> None:
    tables = {found.inputs["routeTableId"] for found in prod.of("VpcEndpointRouteTableAssociation")}
    assert tables == {"net-intra-routes-id", *(f"net-private-{zone}-routes-id" for zone in ZONES)}


def test_every_interface_endpoint_answers_to_the_services_own_name_in_every_zone(prod: Graph) -> None:
    interfaces = [e for e in prod.of("VpcEndpoint") if e.inputs["vpcEndpointType"] == "Interface"]
    assert len(interfaces) == len(CORE)
    assert all(endpoint.inputs["privateDnsEnabled"] for endpoint in interfaces)
    assert len(prod.of("VpcEndpointSubnetAssociation")) == len(CORE) * len(ZONES)


def test_endpoints_wait_for_the_rule_that_lets_the_network_in(prod: Graph) -> None:
    rule = prod.one("SecurityGroupIngressRule")
    assert rule.inputs["cidrIpv4"] == "10.0.0.0/16"
    for endpoint in prod.of("VpcEndpoint"):
        assert reaches(prod, endpoint, rule) == (endpoint.inputs["vpcEndpointType"] == "Interface")


def test_the_default_group_has_no_rules(prod: Graph) -> None:
    group = prod.one("DefaultSecurityGroup")
    assert (group.inputs["ingress"], group.inputs["egress"]) == ([], [])


def test_nat_gateways_wait_for_the_internet_gateway_and_its_route(prod: Graph) -> None:
    internet = [prod.one("InternetGateway"), prod.named("net-public-default")]
    assert all(reaches_all(prod, gateway, internet) for gateway in prod.of("NatGateway"))


def test_subnets_and_groups_have_patience_with_late_interfaces(prod: Graph) -> None:
    patient = [*prod.of("Subnet"), *prod.of("SecurityGroup")]
    assert {found.timeouts.get("delete") for found in patient} == {"20m"}


def test_network_and_addresses_are_protected_in_prod_only(prod: Graph) -> None:
    assert all(found.protect for found in prod.of("Vpc", "Eip"))
    assert not any(found.protect for found in network(DEV))


def test_flow_logs_wait_for_the_whole_bucket_and_expire(prod: Graph) -> None:
    log = prod.one("FlowLog")
    assert log.inputs["destinationOptions"] == {"fileFormat": "parquet", "perHourPartition": True}
    assert reaches_all(prod, log, prod.below("net-flow-logs-bucket"))
    rules = prod.one("BucketLifecycleConfiguration").inputs["rules"]
    assert {"days": 90} in [rule.get("expiration") for rule in rules]


def test_a_closed_network_has_no_public_subnet_and_no_internet_gateway() -> None:
    graph = network(nat=NoNat(), endpoints=Isolated(), internet_facing=False)
    assert graph.of("InternetGateway", "NatGateway", "Eip") == []
    assert {subnet.name.split("-")[1] for subnet in graph.of("Subnet")} == {"private", "intra"}


def test_a_wrong_spec_is_refused_with_every_sentence() -> None:
    spec = NetworkSpec(zones=("use1-az1",), nat=NatIn(zone="use1-az2"))
    with pytest.raises(ConfigurationError, match=r"(?s)has 1 entries.*not in network\.zones"):
        NetworkArgs(site=DEV, spec=spec)
