import pytest
from planned_stack import MISSING, good_stack, messages, spoil

ID = "gpu-nodes-tainted"


def test_a_tainted_and_labelled_group_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("taints", [MISSING, [], [{"key": "other", "effect": "NO_SCHEDULE"}]])
def test_a_group_that_any_pod_may_use_is_refused(taints: object) -> None:
    (found,) = messages(ID, spoil("gpus", "taints", taints))
    assert "any pod may take a place on a GPU node. Where: NodeGroup gpus, taints." in found


def test_a_group_may_grow_further_in_production() -> None:
    large = spoil("gpus", "scalingConfig.maxSize", 8)
    assert messages(ID, large, "prod") == []
    (found,) = messages(ID, large, "dev")
    assert "the group may grow to 8 nodes" in found


def test_nodes_without_gpus_are_left_alone() -> None:
    plain = spoil("gpus", "instanceTypes", ["m7i.xlarge"], spoil("gpus", "amiType", "AL2023_x86_64_STANDARD"))
    assert messages(ID, spoil("gpus", "taints", MISSING, plain)) == []
