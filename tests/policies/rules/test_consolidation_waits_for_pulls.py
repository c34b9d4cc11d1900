import pytest
from cluster_mutants import BLUE, POD
from planned_stack import MISSING, good_stack, messages, spoil, without

ID = "karpenter-consolidation-vs-pull"
AFTER, GRACE = "spec.disruption.consolidateAfter", "spec.template.spec.terminationGracePeriod"


def test_a_pool_that_waits_passes() -> None:
    assert messages(ID, good_stack(), "prod") == []
    assert messages(ID, spoil("gpu-pool", AFTER, "Never"), "prod") == []


@pytest.mark.parametrize("after", [MISSING, "0s", "60s", "4m59s"])
def test_a_pool_that_gives_up_nodes_while_they_pull_is_refused(after: object) -> None:
    (found,) = messages(ID, spoil("gpu-pool", AFTER, after))
    assert "while a first pull takes up to 240 seconds. Where: NodePool gpu-pool," in found
    assert 'Fix: set it to at least "300s"' in found
    assert messages(ID, spoil("gpu-pool", AFTER, "5m")) == []


@pytest.mark.parametrize("user_data", [MISSING, "", "[settings.kubernetes]\nmax-pods = 20"])
def test_a_pull_that_nothing_makes_faster_is_waited_for_longer(user_data: object) -> None:
    plain = spoil("gpu-class", "spec.userData", user_data)
    (found,) = messages(ID, spoil("gpu-pool", AFTER, "659s", plain))
    assert "while a first pull takes up to 600 seconds" in found
    assert messages(ID, spoil("gpu-pool", AFTER, "11m", plain)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("spec.userData", '[settings.container-runtime]\nsnapshotter = "soci"'),
        ("spec.userData", '{"spec": {"featureGates": {"FastImagePull": true}}}'),
        ("spec.blockDeviceMappings", [{"ebs": {"snapshotID": "snap-1", "volumeSize": "200Gi", "encrypted": True}}]),
    ],
)
def test_a_class_that_pulls_in_parallel_or_starts_with_images_is_fast(path: str, value: object) -> None:
    fast = spoil("gpu-class", path, value, spoil("gpu-class", "spec.userData", ""))
    assert messages(ID, spoil("gpu-pool", AFTER, "5m", fast)) == []


def test_the_waits_are_options() -> None:
    assert messages(ID, spoil("gpu-pool", AFTER, "0s"), fastPullSeconds=-60) == []
    assert messages(ID, spoil("gpu-class", "spec.userData", ""), pullSeconds=360) == []


def test_nodes_that_serve_are_replaced_one_by_one() -> None:
    eager = spoil("gpu-pool", "spec.disruption.consolidationPolicy", "WhenEmptyOrUnderutilized")
    assert messages(ID, eager) == []
    assert "all at once" in messages(ID, spoil("gpu-pool", "spec.disruption.budgets", MISSING, eager))[0]


def test_a_node_outlasts_the_slowest_pod() -> None:
    (found,) = messages(ID, spoil(BLUE, f"{POD}.terminationGracePeriodSeconds", 3600))
    assert f'a node is given "30m" to drain, and models/{BLUE} drains for 3600 seconds' in found
    assert f"{GRACE}." in found


def test_pools_without_gpus_are_left_alone() -> None:
    types = [{"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["m7i.xlarge"]}]
    plain = spoil("gpu-pool", "spec.template.spec.requirements", types, spoil("gpu-pool", "spec.limits", {"cpu": "9"}))
    assert messages(ID, spoil("gpu-pool", AFTER, "0s", plain)) == []
    assert messages(ID, without("gpu-pool")) == []
