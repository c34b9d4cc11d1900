import pytest
from cluster_mutants import BLUE, GREEN, POD, SPOT
from mechanics.facts import UNKNOWN
from planned_stack import MISSING, good_stack, messages, put, resource, spoil, without

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


def test_what_only_applying_tells_of_steady_groups_need_not_be_known() -> None:
    assert messages(ID, spoil("gpus", "taints", UNKNOWN), "prod") == []
    found = messages(ID, spoil("gpus", "capacityType", "SPOT", spoil("gpus", "taints", UNKNOWN)), "prod")
    assert "known only after apply" in found[0]


def test_an_affinity_says_the_same() -> None:
    terms = [{"matchExpressions": [{"key": CAPACITY, "operator": "In", "values": ["on-demand"]}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    bound = spoil(BLUE, f"{POD}.affinity", {"nodeAffinity": required}, spoil("gpu-pool", REQUIREMENTS, SPOT))
    assert messages(ID, bound) == []


def _terms(*terms: dict[str, dict[str, object]]) -> dict[str, object]:
    asked = [{"matchExpressions": [{"key": key, **each} for key, each in term.items()]} for term in terms]
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": asked}}}


def _within(*values: str) -> dict[str, object]:
    return {"operator": "In", "values": list(values)}


POOL, ZONE = "slipway.dev/pool", "topology.kubernetes.io/zone"


@pytest.mark.parametrize(
    ("terms", "passes"),
    [
        ([{POOL: _within("gpu")}], False),
        ([{POOL: _within("gpu", "other")}], False),
        ([{POOL: _within("other")}], True),
        ([{POOL: {"operator": "NotIn", "values": ["gpu"]}}], True),
        ([{POOL: {"operator": "Exists"}}], False),
        ([{POOL: {"operator": "DoesNotExist"}}], True),
        ([{POOL: _within("gpu"), CAPACITY: _within("on-demand", "reserved")}], True),
        ([{POOL: _within("gpu"), CAPACITY: _within("on-demand", "spot")}], False),
        ([{POOL: _within("gpu"), CAPACITY: {"operator": "NotIn", "values": ["spot"]}}], True),
        ([{POOL: _within("gpu"), ZONE: _within("a")}], False),
        ([{CAPACITY: _within("on-demand")}, {POOL: _within("gpu")}], False),
    ],
)
def test_a_pool_may_be_named_by_affinity_too(terms: list[dict[str, dict[str, object]]], passes: bool) -> None:
    chosen = spoil(BLUE, f"{POD}.affinity", _terms(*terms), spoil("gpu-pool", REQUIREMENTS, SPOT))
    assert (messages(ID, spoil(BLUE, f"{POD}.nodeSelector", MISSING, chosen)) == []) is passes


def test_a_slot_that_names_no_pool_may_land_on_any_that_lets_it_in() -> None:
    anywhere = spoil(BLUE, f"{POD}.nodeSelector", MISSING, spoil("gpu-pool", REQUIREMENTS, SPOT))
    assert len(messages(ID, anywhere)) == 1
    assert messages(ID, spoil(BLUE, f"{POD}.tolerations", [], anywhere)) == []


def test_the_idle_slot_may_use_spot() -> None:
    idle = spoil("gpu-pool", REQUIREMENTS, SPOT, spoil("cluster-model", "spec.live", "green", without(GREEN)))
    assert messages(ID, idle) == []


def test_a_managed_group_of_spot_nodes_counts_and_other_pools_do_not() -> None:
    def group(pool: str) -> list[str]:
        props = {"capacityType": "SPOT", "labels": {"slipway.dev/pool": pool}}
        return messages(ID, put(resource("aws:eks/nodeGroup:NodeGroup", "spot-group", props)))

    assert len(group("gpu")) == 1
    assert group("batch") == []
