import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.subnet_plan import slot_of, subnet_plan

ALL_ZONES = [f"use1-az{number}" for number in range(1, 7)]
CIDRS = st.builds(
    lambda third, prefix: str(ipaddress.ip_network(f"10.{third}.0.0/{prefix}")),
    st.integers(0, 255),
    st.integers(16, 20),
)
ZONE_SETS = st.lists(st.sampled_from(ALL_ZONES), unique=True, min_size=1)


def test_the_slot_is_the_number_in_the_zone_id() -> None:
    plan = subnet_plan("10.0.0.0/16", ["use1-az4", "use1-az1"])
    assert slot_of("use1-az4") == 3
    assert (plan["use1-az1"].private, plan["use1-az4"].private) == ("10.0.0.0/19", "10.0.96.0/19")
    assert (plan["use1-az1"].public, plan["use1-az4"].public) == ("10.0.192.0/23", "10.0.198.0/23")
    assert (plan["use1-az1"].intra, plan["use1-az4"].intra) == ("10.0.208.0/24", "10.0.211.0/24")


def test_the_smallest_network_gives_the_smallest_subnets_that_aws_allows() -> None:
    ranges = subnet_plan("10.0.0.0/20", ["use1-az6"])["use1-az6"]
    prefixes = [ipaddress.ip_network(cidr).prefixlen for cidr in (ranges.private, ranges.public, ranges.intra)]
    assert prefixes == [23, 27, 28]


def test_a_zone_name_is_no_zone_id() -> None:
    with pytest.raises(ValueError, match="us-east-1b is no zone id"):
        slot_of("us-east-1b")


@given(CIDRS, ZONE_SETS)
def test_no_two_ranges_overlap_and_all_lie_in_the_network(cidr: str, zones: list[str]) -> None:
    plan = subnet_plan(cidr, zones)
    ranges = [ipaddress.IPv4Network(text) for zone in plan.values() for text in (zone.private, zone.public, zone.intra)]
    assert all(part.subnet_of(ipaddress.IPv4Network(cidr)) for part in ranges)
    assert not any(a.overlaps(b) for i, a in enumerate(ranges) for b in ranges[:i])


@given(CIDRS, ZONE_SETS, ZONE_SETS)
def test_adding_removing_or_reordering_zones_moves_no_range(cidr: str, some: list[str], others: list[str]) -> None:
    one, two = subnet_plan(cidr, some), subnet_plan(cidr, others)
    assert all(one[zone] == two[zone] for zone in one.keys() & two.keys())
