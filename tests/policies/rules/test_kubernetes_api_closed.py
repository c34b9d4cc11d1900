import pytest
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "eks-endpoint-private"
RANGES = "vpcConfig.publicAccessCidrs"


def test_a_public_api_passes_where_ranges_are_listed_and_that_is_allowed() -> None:
    assert messages(ID, good_stack(), "dev") == []


def test_in_production_even_listed_ranges_are_refused() -> None:
    (found,) = messages(ID, good_stack(), "prod")
    assert "the Kubernetes API is public. Where: Cluster cluster, vpcConfig.endpointPublicAccess." in found
    assert messages(ID, spoil("cluster", "vpcConfig.endpointPublicAccess", False), "prod") == []


@pytest.mark.parametrize("everyone", ["0.0.0.0/0", "10.0.0.0/7", "::/0", "not a range"])
def test_a_range_that_is_nearly_everyone_is_refused(everyone: str) -> None:
    (found,) = messages(ID, spoil("cluster", RANGES, ["203.0.113.0/24", everyone]))
    assert f'"{everyone}" opens the Kubernetes API to everyone' in found


@pytest.mark.parametrize("value", [MISSING, [], None])
def test_a_public_api_without_ranges_is_open_to_everyone(value: object) -> None:
    (found,) = messages(ID, spoil("cluster", RANGES, value))
    assert "the Kubernetes API is public to everyone" in found


def test_something_else_with_the_same_property_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:ecs/cluster:Cluster", "other", {"vpcConfig": {}}))) == []
