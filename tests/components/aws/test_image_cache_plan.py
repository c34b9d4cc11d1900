from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.aws.image_cache_plan import (
    ImageLoad,
    NoCache,
    SnapshotCache,
    SociParallelPull,
    cache_problems,
    pull_seconds,
    start_plan,
)
from components.aws.node_pool_plan import pool_plan, snapshot_problems
from tests.support.aws_examples import KARPENTER_POOL, MANAGED_POOL, ZONES

CACHES = st.one_of(
    st.just(NoCache()),
    st.just(SociParallelPull()),
    st.builds(SnapshotCache, snapshot_id=st.just("snap-1"), init_rate_mibps=st.integers(100, 300)),
)
LOADS = st.builds(
    ImageLoad, image_gib=st.floats(0.1, 100), unpacked_gib=st.floats(0.1, 300), model_load_seconds=st.floats(0, 3600)
)


@pytest.mark.parametrize(
    ("cache", "os", "seconds"),
    [(NoCache(), "al2023", 1020), (SociParallelPull(), "al2023", 480), (SociParallelPull(), "bottlerocket", 420)],
)
def test_consolidation_waits_for_two_starts(cache: Any, os: Any, seconds: int) -> None:
    assert start_plan(cache, os, ImageLoad()).consolidate_after_seconds == seconds


@given(CACHES, st.sampled_from(["al2023", "bottlerocket"]), LOADS)
def test_consolidation_never_comes_before_the_pull_is_done(cache: Any, os: Any, load: ImageLoad) -> None:
    plan = start_plan(cache, os, load)
    assert plan.consolidate_after_seconds >= max(300, pull_seconds(cache, os, load))
    assert plan.consolidate_after_seconds % 60 == 0


def test_fast_restore_says_what_it_costs() -> None:
    cache = SnapshotCache(snapshot_id="snap-1", fast_restore_zones=ZONES)
    assert list(cache_problems("node_pools.gpu", cache, "bottlerocket")) == [
        "node_pools.gpu.image_cache.fast_restore_zones has 3 zones, about $1,640 a month; use init_rate_mibps instead, or set accept_cost."
    ]
    assert list(cache_problems("node_pools.gpu", replace(cache, accept_cost=True), "bottlerocket")) == []


def test_a_snapshot_must_hold_the_image_that_is_deployed() -> None:
    cache = SnapshotCache(snapshot_id="snap-1", image_digests=("sha256:a",))
    plans = {"gpu": pool_plan("gpu", replace(KARPENTER_POOL, image_cache=cache)), "b": pool_plan("b", MANAGED_POOL)}
    assert list(snapshot_problems(plans, "registry.example.com/triton@sha256:a")) == []
    assert list(snapshot_problems(plans, "registry.example.com/triton@sha256:b")) == [
        "node_pools.gpu.image_cache.snapshot_id is snap-1, which holds the images sha256:a and not sha256:b, which is deployed; build the snapshot again for this image, and list it in image_digests."
    ]
    empty = {"gpu": pool_plan("gpu", replace(KARPENTER_POOL, image_cache=SnapshotCache(snapshot_id="snap-1")))}
    assert "holds the images none and not sha256:b" in next(snapshot_problems(empty, "triton@sha256:b"))


def test_local_disks_do_not_hide_the_volume_that_a_snapshot_filled() -> None:
    cache = SnapshotCache(snapshot_id="snap-1")
    node_class = pool_plan("gpu", replace(KARPENTER_POOL, image_cache=cache))["node_class"]
    assert "instanceStorePolicy" not in node_class
    system, filled = node_class["blockDeviceMappings"]
    assert system == {"deviceName": "/dev/xvda", "ebs": {"volumeSize": "4Gi", "volumeType": "gp3", "encrypted": True}}
    assert filled == {
        "deviceName": "/dev/xvdb",
        "ebs": {
            "volumeSize": "200Gi",
            "volumeType": "gp3",
            "encrypted": True,
            "snapshotID": "snap-1",
            "volumeInitializationRate": 200,
        },
    }


def test_a_rate_beyond_ebs_is_refused() -> None:
    cache = SnapshotCache(snapshot_id="snap-1", init_rate_mibps=301)
    assert list(cache_problems("node_pools.gpu", cache, "bottlerocket")) == [
        "node_pools.gpu.image_cache.init_rate_mibps is 301; EBS loads at 100 to 300 MiB/s."
    ]
