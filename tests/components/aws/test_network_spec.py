from dataclasses import replace
from typing import Any

import pytest

from components.aws.endpoint_plan import CORE, ISOLATED, Core, Isolated, S3Only, interface_services, service_name
from components.aws.network_spec import (
    FlowLogsToS3,
    NatIn,
    NatPerZone,
    NetworkSpec,
    NoNat,
    network_problems,
    region_code,
)  # fmt: skip

GOOD = NetworkSpec(zones=("use1-az1", "use1-az2"), nat=NatIn(zone="use1-az1"))


def test_a_good_network_has_no_problem() -> None:
    assert list(network_problems(GOOD, "us-east-1")) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"cidr": "10.0.0.0/22"}, 'network.cidr is "10.0.0.0/22"; its prefix must be 16 to 20, because each zone needs room for pods.'),
        ({"cidr": "10.0.0.0/8"}, 'network.cidr is "10.0.0.0/8"; its prefix must be 16 to 20, because each zone needs room for pods.'),
        ({"cidr": "8.8.0.0/16"}, 'network.cidr is "8.8.0.0/16", which is not private; take a range from 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16.'),
        ({"zones": ("use1-az1", "us-east-1b")}, 'network.zones[1] is "us-east-1b"; give zone ids such as use1-az2, because zone names mean different places in different accounts.'),
        ({"zones": ("use1-az1",)}, "network.zones has 1 entries; give 2 to 6, so that one zone may fail."),
        ({"zones": ("use1-az1", "use1-az1")}, 'network.zones[1] is "use1-az1" for the second time; name each zone once.'),
        ({"zones": ("use1-az1", "use2-az2")}, 'network.zones[1] is "use2-az2", which is not in us-east-1; its zones begin with use1-.'),
        ({"nat": NatIn(zone="use1-az9")}, 'network.nat.zone is "use1-az9", which is not in network.zones.'),
        ({"nat": NoNat()}, "network.nat is none, so network.endpoints must be isolated: nodes could not reach ECR or STS."),
        ({"internet_facing": False}, "network.internet_facing is false, but network.nat is in_zone, which needs the internet gateway; set network.nat to none, or internet_facing to true."),
        ({"flow_logs": FlowLogsToS3(days=0)}, "network.flow_logs.days is 0; allowed are 1 to 3650."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_place_value_and_what_to_do(change: dict[str, Any], sentence: str) -> None:
    assert list(network_problems(replace(GOOD, **change), "us-east-1")) == [sentence]


def test_a_range_that_cannot_be_read_is_a_sentence_too() -> None:
    assert next(network_problems(replace(GOOD, cidr="10.0.0.1/16"), "us-east-1")).startswith(
        'network.cidr is "10.0.0.1/16"'
    )


def test_all_problems_come_at_once() -> None:
    spec = NetworkSpec(zones=("a", "use1-az1"), nat=NoNat(), cidr="10.0.0.0/28", internet_facing=True)
    assert len(list(network_problems(spec, "us-east-1"))) == 3


def test_a_closed_network_needs_neither_nat_nor_internet() -> None:
    closed = replace(GOOD, nat=NoNat(), endpoints=Isolated(), internet_facing=False)
    assert list(network_problems(closed, "us-east-1")) == []


@pytest.mark.parametrize(
    ("region", "code"),
    [
        ("us-east-1", "use1"),
        ("eu-central-1", "euc1"),
        ("ap-northeast-2", "apne2"),
        ("us-gov-west-1", "usgw1"),
        ("ap-southeast-1", "apse1"),
    ],
)
def test_zone_ids_abbreviate_the_region(region: str, code: str) -> None:
    assert region_code(region) == code


def test_core_holds_what_the_pod_identity_agent_and_karpenter_call() -> None:
    assert {"eks", "eks-auth", "sqs"} < set(CORE)
    assert (len(CORE), len(ISOLATED)) == (8, 14)


def test_extra_endpoints_come_once_and_sorted() -> None:
    assert interface_services(S3Only(extra=("monitoring", "aps-workspaces"))) == ("aps-workspaces", "monitoring")
    assert interface_services(Core(extra=("sts",))) == CORE


def test_a_service_is_asked_for_by_region() -> None:
    assert service_name("eu-west-1", "ecr.api") == "com.amazonaws.eu-west-1.ecr.api"


def test_nat_choices_are_told_apart_by_kind() -> None:
    assert {NatPerZone().kind, NatIn(zone="z").kind, NoNat().kind} == {"per_zone", "in_zone", "none"}
