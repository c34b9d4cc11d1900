from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.gpu_pool_spec import CapacityBlock, GpuPool, KarpenterPool, ManagedPool, pool_problems
from components.aws.gpu_types import gpu_count, has_gpu
from components.aws.image_cache_plan import (
    SnapshotCache,
)  # fmt: skip
from components.aws.karpenter_version import karpenter_problems
from components.aws.node_pool_plan import ceiling_problems, ceiling_usd_per_month, pool_plan
from components.aws.node_pools import NodePools, NodePoolsArgs
from tests.support.aws_examples import DEV, KARPENTER_POOL, MANAGED_POOL, PROD, ZONES, make_pools, small_cluster
from tests.support.recording import Graph, reaches_all, record


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_pools("pools", PROD))


def problems(pool: GpuPool, production: bool = True) -> list[str]:
    return list(pool_problems({"gpu": pool}, zones=ZONES, production=production))


@pytest.mark.parametrize(
    ("pool", "change", "sentence"),
    [
        (KARPENTER_POOL, {"instance_types": ("g6.xlarge",), "capacity": ("spot", "on-demand")}, "node_pools.gpu has 1 instance type for spot; give at least 3, or one shortage stops the pool."),
        (KARPENTER_POOL, {"capacity": ("spot",)}, "node_pools.gpu.capacity is spot only in prod; add on-demand as the fallback."),
        (KARPENTER_POOL, {"capacity": ()}, "node_pools.gpu.capacity is empty; allowed are reserved, spot and on-demand."),
        (KARPENTER_POOL, {"instance_types": ("g6.xlarge", "m7i.xlarge")}, "node_pools.gpu.instance_types has m7i.xlarge, which has no GPU; CPU and GPU types never mix in one pool."),
        (KARPENTER_POOL, {"instance_types": ()}, "node_pools.gpu.instance_types is empty; name at least one type such as g6.xlarge."),
        (KARPENTER_POOL, {"ami_release": "latest"}, "node_pools.gpu.ami_release is latest in prod; pin a release, or each new node image replaces every GPU node."),
        (KARPENTER_POOL, {"disk_gib": 50}, "node_pools.gpu.disk_gib is 50; an image of 19 GiB unpacked needs at least 77.5 (30 + 2.5 times the image)."),
        (KARPENTER_POOL, {"drain_minutes": 5}, "node_pools.gpu.drain_minutes is 5, but its pods may take 120 s to end; give at least 7, or Karpenter cuts their grace short."),
        (KARPENTER_POOL, {"gpu_limit": 0}, "node_pools.gpu.gpu_limit is 0; give at least 1, or leave the pool out."),
        (KARPENTER_POOL, {"reservation_ids": ("cr-1",)}, "node_pools.gpu.reservation_ids and the capacity reserved belong together; give both or neither."),
        (KARPENTER_POOL, {"os": "al2023", "image_cache": SnapshotCache(snapshot_id="s")}, "node_pools.gpu.image_cache is a snapshot with os al2023, which mounts no second volume; write os: bottlerocket, or image_cache: {kind: soci}."),
        (KARPENTER_POOL, {"image_cache": SnapshotCache(snapshot_id="s", fast_restore_zones=("use1-az6",), accept_cost=True)}, 'node_pools.gpu.image_cache.fast_restore_zones has "use1-az6", which is not in network.zones.'),
        (MANAGED_POOL, {"minimum": 3}, "node_pools.gpu has minimum 3, desired 1, maximum 2; they must not fall in this order."),
        (MANAGED_POOL, {"zones": ("use1-az9",)}, 'node_pools.gpu.zones has "use1-az9", which is not in network.zones.'),
        (MANAGED_POOL, {"capacity_block": CapacityBlock(reservation_id="cr-1", zone="use1-az9")}, 'node_pools.gpu.capacity_block.zone is "use1-az9", which is not in network.zones.'),
        (MANAGED_POOL, {"efa_interfaces": 2}, "node_pools.gpu.zones has 3 zones; EFA needs all nodes close together, in one."),
        (MANAGED_POOL, {"efa_interfaces": 2, "zones": ("use1-az1",), "instance_types": ("g6.xlarge", "g5.xlarge")}, "node_pools.gpu.instance_types has 2 types; a capacity block and EFA need exactly one."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_place_value_and_what_to_do(
    pool: GpuPool, change: dict[str, Any], sentence: str
) -> None:
    assert problems(replace(pool, **change)) == [sentence]


def test_spot_only_and_latest_are_for_dev() -> None:
    pool = replace(KARPENTER_POOL, capacity=("spot",), ami_release="latest")
    assert problems(pool, production=False) == []


def test_the_ceiling_names_dollars_gpus_and_ways_out() -> None:
    pools = {"gpu": KarpenterPool(instance_types=("g6.xlarge",), gpu_limit=16, disk_gib=200)}
    assert list(ceiling_problems(pools, ZONES, 600, accept_ceiling=False)) == [
        "node_pools can reach $9,400 a month (16 GPUs), but budget.monthly_usd is 600; lower gpu_limit, raise the budget, or set accept_ceiling."
    ]
    assert list(ceiling_problems(pools, ZONES, 600, accept_ceiling=True)) == []
    assert list(ceiling_problems(pools, ZONES, 6300, accept_ceiling=False)) == []


def test_a_type_without_price_is_refused_because_the_ceiling_would_lie() -> None:
    pools = {"gpu": KarpenterPool(instance_types=("p5e.48xlarge",), gpu_limit=8, disk_gib=200)}
    assert next(ceiling_problems(pools, ZONES, 1e9, accept_ceiling=False)).startswith(
        "node_pools.gpu.instance_types has p5e.48xlarge, whose price is not in the table of 2026-07-20"
    )


def test_the_ceiling_is_that_of_the_dearest_type() -> None:
    cheap = KarpenterPool(instance_types=("g6.xlarge",), gpu_limit=4, disk_gib=200)
    assert ceiling_usd_per_month({"gpu": KARPENTER_POOL}, ZONES) > ceiling_usd_per_month({"gpu": cheap}, ZONES)


@given(st.sets(st.sampled_from(ZONES), min_size=1).map(sorted), st.booleans(), st.integers(1, 5))
def test_the_ceiling_of_a_managed_pool_is_that_of_all_groups_that_are_made(
    zones: list[str], group_per_zone: bool, maximum: int
) -> None:
    pool = replace(MANAGED_POOL, group_per_zone=group_per_zone, maximum=maximum)
    one = ceiling_usd_per_month({"gpu": replace(MANAGED_POOL, maximum=1)}, zones)
    groups = len(zones) if group_per_zone else 1
    assert ceiling_usd_per_month({"gpu": pool}, zones) == pytest.approx(groups * maximum * one, abs=0.1)
    block = replace(pool, capacity_block=CapacityBlock(reservation_id="cr-1", zone=zones[0]))
    assert ceiling_usd_per_month({"gpu": block}, zones) == pytest.approx(maximum * one, abs=0.1)


@pytest.mark.parametrize(
    ("kind", "count"), [("g6.xlarge", 1), ("g6.12xlarge", 4), ("p5.48xlarge", 8), ("p5.4xlarge", 1), ("m7i.large", 0)]
)
def test_gpus_are_counted_per_instance(kind: str, count: int) -> None:
    assert gpu_count(kind) == count
    assert has_gpu(kind) == (count > 0)


def test_a_karpenter_pool_is_limited_tainted_and_patient() -> None:
    plan = pool_plan("gpu", KARPENTER_POOL)
    assert plan["limits"]["nvidia.com/gpu"] == "4"
    assert plan["disruption"]["consolidationPolicy"] == "WhenEmpty"
    assert plan["disruption"]["budgets"] == [{"nodes": "1"}]
    assert plan["taint"] == {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
    assert plan["delete_timeout_minutes"] == KARPENTER_POOL.drain_minutes + 15
    node_class = plan["node_class"]
    assert node_class["amiSelectorTerms"] == [{"alias": "bottlerocket@v1.64.0"}]
    assert node_class["metadataOptions"] == {"httpTokens": "required", "httpPutResponseHopLimit": 1}
    assert node_class["blockDeviceMappings"][0]["ebs"]["encrypted"]
    assert node_class["instanceStorePolicy"] == "RAID0"


def test_exactly_one_node_image_needs_our_device_plugin() -> None:
    plans = {os: pool_plan("gpu", replace(KARPENTER_POOL, os=os))["device_plugin"] for os in ("al2023", "bottlerocket")}
    assert plans == {"al2023": True, "bottlerocket": False}


def test_reservations_are_selected_by_id() -> None:
    pool = replace(KARPENTER_POOL, capacity=("reserved",), reservation_ids=("cr-1",))
    assert pool_plan("gpu", pool)["node_class"]["capacityReservationSelectorTerms"] == [{"id": "cr-1"}]
    assert {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["reserved"]} in pool_plan("gpu", pool)[
        "requirements"
    ]


def test_a_managed_group_is_tainted_labelled_and_has_the_size_that_the_stack_file_says(graph: Graph) -> None:
    group = graph.named("pools-fixed")
    assert group.inputs["taints"] == [{"key": "nvidia.com/gpu", "value": "true", "effect": "NO_SCHEDULE"}]
    assert group.inputs["labels"] == {"slipway.dev/pool": "fixed", "nvidia.com/gpu.present": "true"}
    assert group.inputs["scalingConfig"] == {"minSize": 0, "desiredSize": 1, "maxSize": 2}
    assert group.ignore_changes == (), "nothing else here scales it, and 0 must be possible before a block ends"
    assert group.inputs["amiType"] == "AL2023_x86_64_NVIDIA"
    assert reaches_all(graph, group, [a for a in graph.of("Addon") if a.inputs["addonName"] == "vpc-cni"])


def managed(pool: ManagedPool) -> Graph:
    def program() -> None:
        network, cluster = small_cluster("x", DEV)
        NodePools("pools", NodePoolsArgs(site=DEV, cluster=cluster, network=network, pools={"fixed": pool}))

    return record(program)


def test_a_managed_group_follows_the_kubernetes_version_unless_its_release_is_pinned(graph: Graph) -> None:
    assert "version" not in graph.named("pools-fixed").inputs
    newest = managed(replace(MANAGED_POOL, ami_release="latest")).named("pools-fixed").inputs
    assert newest["version"] == "1.35"
    assert "releaseVersion" not in newest


def test_a_bottlerocket_group_encrypts_the_volume_of_its_system_too() -> None:
    pool = replace(MANAGED_POOL, os="bottlerocket", ami_release="latest")
    volumes = managed(pool).named("pools-fixed-template").inputs["blockDeviceMappings"]
    assert {volume["deviceName"]: volume["ebs"]["encrypted"] for volume in volumes} == {
        "/dev/xvda": "true",
        "/dev/xvdb": "true",
    }


def test_a_capacity_block_stands_in_one_subnet_with_its_type_in_the_template() -> None:
    block = CapacityBlock(reservation_id="cr-1", zone="use1-az2")
    graph = managed(replace(MANAGED_POOL, instance_types=("p5.48xlarge",), capacity_block=block))
    group, template = graph.named("pools-fixed"), graph.named("pools-fixed-template")
    assert group.inputs["capacityType"] == "CAPACITY_BLOCK"
    assert "instanceTypes" not in group.inputs
    assert len(group.inputs["subnetIds"]) == 1
    assert template.inputs["instanceType"] == "p5.48xlarge"
    assert template.inputs["instanceMarketOptions"] == {"marketType": "capacity-block"}
    target = template.inputs["capacityReservationSpecification"]["capacityReservationTarget"]
    assert target == {"capacityReservationId": "cr-1"}


def test_efa_places_nodes_close_together_and_opens_them_to_each_other_only() -> None:
    graph = managed(replace(MANAGED_POOL, instance_types=("p5.48xlarge",), efa_interfaces=2, zones=("use1-az1",)))
    kinds = [i["interfaceType"] for i in graph.named("pools-fixed-template").inputs["networkInterfaces"]]
    assert kinds == ["efa", "efa-only"]
    assert graph.one("PlacementGroup").inputs["strategy"] == "cluster"
    assert graph.named("pools-fixed-efa-in").inputs["referencedSecurityGroupId"] == "pools-fixed-efa-id"


def test_a_group_per_zone_has_one_subnet_each() -> None:
    graph = managed(replace(MANAGED_POOL, group_per_zone=True))
    assert {group.name for group in graph.of("NodeGroup") if "fixed" in group.name} == {
        "pools-fixed-use1-az1",
        "pools-fixed-use1-az2",
    }
    assert graph.of("Queue") == [], "no pool is Karpenter's, so there is no Karpenter"


def test_a_snapshot_is_the_second_disk_and_may_be_restored_fast() -> None:
    cache = SnapshotCache(snapshot_id="snap-1", fast_restore_zones=("use1-az1",), accept_cost=True)
    graph = managed(replace(MANAGED_POOL, os="bottlerocket", ami_release="latest", image_cache=cache))
    system, filled = graph.named("pools-fixed-template").inputs["blockDeviceMappings"]
    assert (filled["deviceName"], filled["ebs"]["snapshotId"]) == ("/dev/xvdb", "snap-1")
    assert filled["ebs"]["volumeInitializationRate"] == 200
    assert "snapshotId" not in system["ebs"]
    assert graph.one("FastSnapshotRestore").inputs["snapshotId"] == "snap-1"


@pytest.mark.parametrize(("version", "accepted"), [("1.35", True), ("1.36", True), ("1.37", False), ("next", True)])
def test_karpenter_is_not_asked_to_run_with_a_kubernetes_that_it_does_not_know(version: str, accepted: bool) -> None:
    found = list(karpenter_problems({"gpu": KARPENTER_POOL}, version))
    assert (found == []) is accepted
    assert list(karpenter_problems({"fixed": MANAGED_POOL}, version)) == []


def test_a_newer_kubernetes_names_both_ways_out() -> None:
    assert list(karpenter_problems({"gpu": KARPENTER_POOL}, "1.37")) == [
        "cluster.kubernetes_version is 1.37, but node_pools.gpu is bought by Karpenter 1.14.1, which knows Kubernetes up to 1.36; take that, or kind: managed."
    ]


def test_all_gpu_nodes_stand_in_private_subnets(graph: Graph) -> None:
    for group in graph.of("NodeGroup"):
        assert all("-private-" in subnet for subnet in group.inputs["subnetIds"])
