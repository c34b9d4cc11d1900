import pytest
from cluster_mutants import ZONE
from planned_stack import MISSING, good_stack, messages, spoil, without

ID = "karpenter-limits-set"
TYPES = "node.kubernetes.io/instance-type"
LIMITS = {"cpu": "64", "memory": "1Ti", "nvidia.com/gpu": "8"}
LIFETIME = "spec.template.spec.expireAfter"


def test_a_pool_with_limits_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


@pytest.mark.parametrize("resource", ["nvidia.com/gpu", "cpu", "memory"])
def test_a_gpu_pool_is_limited_by_gpus_processors_and_memory(resource: str) -> None:
    others = {key: value for key, value in LIMITS.items() if key != resource}
    (found,) = messages(ID, spoil("gpu-pool", "spec.limits", others))
    assert f"the pool has no limit of {resource}, so it can buy any number of nodes" in found
    assert "Where: NodePool gpu-pool, spec.limits." in found


@pytest.mark.parametrize(("limits", "count"), [(MISSING, 3), (None, 3), ({}, 3), ({**LIMITS, "cpu": "many"}, 1)])
def test_a_pool_without_limits_is_refused(limits: object, count: int) -> None:
    assert len(messages(ID, spoil("gpu-pool", "spec.limits", limits))) == count


def test_a_pool_without_gpus_is_limited_by_processors_and_memory() -> None:
    types = [ZONE, {"key": TYPES, "operator": "In", "values": ["m7i.xlarge"]}]
    plain = spoil("gpu-pool", "spec.template.spec.requirements", types)
    assert messages(ID, spoil("gpu-pool", "spec.limits", {"cpu": "9", "memory": "9Gi"}, plain)) == []
    found = messages(ID, spoil("gpu-pool", "spec.limits", {"cpu": "9"}, plain))
    assert ["no limit of memory" in message for message in found] == [True]


def test_a_pool_of_any_instances_is_refused() -> None:
    only = [ZONE, {"key": TYPES, "operator": "NotIn", "values": ["p5.48xlarge"]}]
    (found,) = messages(ID, spoil("gpu-pool", "spec.template.spec.requirements", only))
    assert "the pool takes any kind of instance" in found


def test_a_pool_of_any_zone_is_refused() -> None:
    types = [{"key": TYPES, "operator": "In", "values": ["g6.xlarge"]}]
    (found,) = messages(ID, spoil("gpu-pool", "spec.template.spec.requirements", types))
    assert "the pool puts nodes into any zone" in found


@pytest.mark.parametrize("lifetime", [MISSING, "Never", "soon"])
def test_nodes_that_stay_for_ever_are_refused(lifetime: object) -> None:
    (found,) = messages(ID, spoil("gpu-pool", LIFETIME, lifetime))
    assert f"so it is never patched. Where: NodePool gpu-pool, {LIFETIME}." in found


def test_a_pool_of_nodes_that_nobody_describes_is_refused() -> None:
    (found,) = messages(ID, without("gpu-class"))
    assert 'the node class "gpu" is not in the stack' in found


def test_a_stack_without_pools_is_left_alone() -> None:
    assert messages(ID, without("gpu-pool", "gpu-class")) == []
