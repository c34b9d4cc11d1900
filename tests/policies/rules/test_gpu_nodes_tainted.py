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


TAINTS = "spec.template.spec.taints"
TYPES = "node.kubernetes.io/instance-type"


@pytest.mark.parametrize("taints", [MISSING, [], [{"key": "nvidia.com/gpu", "effect": "PreferNoSchedule"}]])
def test_a_pool_of_karpenter_is_tainted_too(taints: object) -> None:
    (found,) = messages(ID, spoil("gpu-pool", TAINTS, taints))
    assert f"any pod may take a place on a GPU node. Where: NodePool gpu-pool, {TAINTS}." in found


def test_a_pool_of_karpenter_can_be_asked_for() -> None:
    (found,) = messages(ID, spoil("gpu-pool", "spec.template.metadata", MISSING))
    assert "pods cannot ask for this pool" in found


@pytest.mark.parametrize(
    ("requirement", "has_gpus"),
    [
        ({"key": TYPES, "operator": "In", "values": ["p5.48xlarge"]}, True),
        ({"key": TYPES, "operator": "In", "values": ["m7i.xlarge", "c7g.large"]}, False),
        ({"key": "karpenter.k8s.aws/instance-family", "operator": "In", "values": ["g6"]}, True),
        ({"key": "karpenter.k8s.aws/instance-category", "operator": "In", "values": ["g", "m"]}, True),
        ({"key": "karpenter.k8s.aws/instance-gpu-count", "operator": "Gt", "values": ["0"]}, True),
        ({"key": TYPES, "operator": "NotIn", "values": ["p5.48xlarge"]}, False),
    ],
)
def test_gpus_are_known_by_what_a_pool_asks_of_its_nodes(requirement: dict[str, object], has_gpus: bool) -> None:
    plain = spoil("gpu-pool", TAINTS, [], spoil("gpu-pool", "spec.limits", {"cpu": "9"}))
    found = messages(ID, spoil("gpu-pool", "spec.template.spec.requirements", [requirement], plain))
    assert bool(found) is has_gpus
