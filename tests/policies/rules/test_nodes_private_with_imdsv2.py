import pytest
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "nodes-private-imdsv2"


def test_nodes_with_tokens_one_hop_and_encrypted_disks_pass() -> None:
    assert messages(ID, good_stack()) == []


@pytest.mark.parametrize("hops", [2, 64, MISSING, None])
def test_credentials_that_pods_can_reach_are_refused(hops: object) -> None:
    (found,) = messages(ID, spoil("template", "metadataOptions.httpPutResponseHopLimit", hops))
    assert "pods reach the node's credentials over" in found


@pytest.mark.parametrize("value", ["false", False, MISSING])
def test_a_disk_in_the_clear_is_refused(value: object) -> None:
    (found,) = messages(ID, spoil("template", "blockDeviceMappings[0].ebs.encrypted", value))
    assert "the disk is not encrypted. Where: LaunchTemplate template, blockDeviceMappings[0].ebs.encrypted." in found


def test_a_subnet_that_gives_out_public_addresses_is_refused() -> None:
    (found,) = messages(ID, spoil("subnet", "mapPublicIpOnLaunch", True))
    assert "nodes in this subnet would get public addresses" in found


def test_something_else_with_metadata_is_left_alone() -> None:
    other = resource("aws:s3/bucketObject:BucketObject", "o", {"metadataOptions": {}, "mapPublicIpOnLaunch": True})
    assert messages(ID, put(other)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadataOptions.httpTokens", "optional"),
        ("metadataOptions.httpPutResponseHopLimit", MISSING),
        ("blockDeviceMappings[0].ebs.encrypted", False),
        ("associatePublicIPAddress", True),
    ],
)
def test_nodes_that_karpenter_makes_are_held_to_the_same(path: str, value: object) -> None:
    (found,) = messages(ID, spoil("gpu-class", f"spec.{path}", value))
    assert f"Where: EC2NodeClass gpu-class, spec.{path}." in found
