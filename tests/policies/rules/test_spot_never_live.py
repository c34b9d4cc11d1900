import pytest
from cluster_mutants import BLUE, GREEN, POD, SPOT
from planned_stack import good_stack, messages, put, resource, spoil, without

ID = "spot-not-live"
CAPACITY = "karpenter.sh/capacity-type"
REQUIREMENTS = "spec.template.spec.requirements"


def test_a_live_slot_on_steady_capacity_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_a_live_slot_that_may_land_on_spot_is_refused() -> None:
    (found,) = messages(ID, spoil("gpu-pool", REQUIREMENTS, SPOT))
    assert f"the live slot may run on spot capacity of pool gpu. Where: Deployment {BLUE}, {POD}.nodeSelector." in found


@pytest.mark.parametrize(("capacity", "passes"), [("on-demand", True), ("reserved", True), ("spot", False)])
def test_a_live_slot_may_ask_a_mixed_pool_for_steady_capacity(capacity: str, passes: bool) -> None:
    mixed = spoil("gpu-pool", REQUIREMENTS, SPOT)
    chosen = spoil(BLUE, f"{POD}.nodeSelector", {"slipway.dev/pool": "gpu", CAPACITY: capacity}, mixed)
    assert (messages(ID, chosen) == []) is passes


def test_an_affinity_says_the_same() -> None:
    terms = [{"matchExpressions": [{"key": CAPACITY, "operator": "In", "values": ["on-demand"]}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    bound = spoil(BLUE, f"{POD}.affinity", {"nodeAffinity": required}, spoil("gpu-pool", REQUIREMENTS, SPOT))
    assert messages(ID, bound) == []


def test_the_idle_slot_may_use_spot() -> None:
    idle = spoil("gpu-pool", REQUIREMENTS, SPOT, spoil("cluster-model", "spec.live", "green", without(GREEN)))
    assert messages(ID, idle) == []


def test_a_managed_group_of_spot_nodes_counts_and_other_pools_do_not() -> None:
    def group(pool: str) -> list[str]:
        props = {"capacityType": "SPOT", "labels": {"slipway.dev/pool": pool}}
        return messages(ID, put(resource("aws:eks/nodeGroup:NodeGroup", "spot-group", props)))

    assert len(group("gpu")) == 1
    assert group("batch") == []
