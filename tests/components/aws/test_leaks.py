from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.aws.leaks import Place, account, leaks, sweep

PLACE = Place(stack="dev", cluster="slipway-dev-4f2a")
TAG = {"Key": "slipway:stack", "Value": "dev"}
KEY = "arn:aws:kms:us-east-1:1:key/k"


def found(**answers: list[Any]) -> list[str]:
    def ask(_service: str, operation: str, _items: str, /, **_: Any) -> list[Any]:
        return answers.get(operation, [])

    return list(leaks(PLACE, ask))


def test_nothing_left_is_silence() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("answers", "line"),
    [
        ({"get_resources": ["arn:vpc", "arn:vpc"]}, "arn:vpc carries the tag slipway:stack=dev"),
        ({"describe_instances": ["i-1"]}, "i-1 is an instance that Karpenter made"),
        ({"describe_log_groups": ["/aws/eks/x/cluster"]}, "/aws/eks/x/cluster is a log group of the cluster"),
        ({"describe_snapshots": ["snap-1"]}, "snap-1 is a snapshot with the tag slipway:stack=dev"),
        ({"describe_vpcs": ["vpc-1"], "describe_network_interfaces": ["eni-1"]}, "eni-1 is a network interface in vpc-1"),
        ({"get_resources": [KEY], "describe_key": ["Enabled"]}, f"{KEY} carries the tag slipway:stack=dev"),
    ],
)  # fmt: skip
def test_what_is_left_is_named_once(answers: dict[str, list[Any]], line: str) -> None:
    assert found(**answers) == [line]


def test_a_key_that_waits_for_its_deletion_is_no_leak() -> None:
    assert found(get_resources=[KEY], describe_key=["PendingDeletion"]) == []


def test_what_is_gone_but_still_tagged_is_no_leak() -> None:
    tagged = ["arn:aws:ec2:us-east-1:1:natgateway/nat-1", "arn:aws:ec2:us-east-1:1:natgateway/nat-2"]
    assert found(get_resources=tagged, describe_nat_gateways=["nat-2"]) == [
        "arn:aws:ec2:us-east-1:1:natgateway/nat-2 carries the tag slipway:stack=dev"
    ]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-the-emulator")
    with mock_aws():
        yield


@pytest.mark.usefixtures("emulator")
def test_an_account_with_things_of_the_stack_lists_them_and_one_of_another_stack_does_not() -> None:
    ec2 = boto3.client("ec2", region_name="us-east-1")
    network = ec2.create_vpc(
        CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": [TAG]}]
    )["Vpc"]["VpcId"]  # fmt: skip
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    interface = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    ask = account("us-east-1")
    named = list(leaks(PLACE, ask))
    assert f"{interface} is a network interface in {network}" in named
    assert any(line.endswith(f"{network} carries the tag slipway:stack=dev") for line in named)
    assert list(leaks(Place(stack="other", cluster="c"), ask)) == []


@pytest.mark.usefixtures("emulator")
def test_a_nat_gateway_that_was_deleted_is_found_no_more() -> None:
    ec2, ask = boto3.client("ec2", region_name="us-east-1"), account("us-east-1")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    tags = [{"ResourceType": "natgateway", "Tags": [TAG]}]
    gateway = ec2.create_nat_gateway(SubnetId=subnet, TagSpecifications=tags)["NatGateway"]["NatGatewayId"]
    assert any(gateway in line for line in leaks(PLACE, ask))
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    assert list(leaks(PLACE, ask)) == []


@pytest.mark.usefixtures("emulator")
def test_a_sweep_deletes_the_log_groups_of_the_cluster_and_no_others() -> None:
    logs = boto3.client("logs", region_name="us-east-1")
    for name in ("/aws/eks/slipway-dev-4f2a/cluster", "/aws/eks/slipway-dev-4f2b/cluster"):
        logs.create_log_group(logGroupName=name)
    assert sweep(PLACE, account("us-east-1"), "us-east-1") == ["/aws/eks/slipway-dev-4f2a/cluster"]
    left = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    assert left == ["/aws/eks/slipway-dev-4f2b/cluster"]
