"""How node images reach a GPU node, and what follows from it: pull time, consolidation delay, start budget.

Rates are measured, in MB of compressed image per second. Sources: eks-blueprints (334 s for 9.5 GB without cache),
karpenter-blueprints of 2026-06 (9.35 GB: 39.6 s with SOCI on AL2023, 23.2 s on Bottlerocket); planned with less.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from components.aws.node_disk import Os

PLAIN_MB_PER_SECOND = 25
SOCI_MB_PER_SECOND: dict[Os, int] = {"al2023": 90, "bottlerocket": 120}
MIB_PER_GIB = 1024
MB_PER_GIB = 1073.741824
MIN_CONSOLIDATE_SECONDS = 300
"""Karpenter's own default is 0 s, and it kills nodes that still pull (karpenter #7414, #5184)."""
FAST_RESTORE_USD_PER_ZONE_MONTH = 548
INIT_RATES_MIBPS = range(100, 301)
"""https://docs.aws.amazon.com/ebs/latest/userguide/initalize-volume.html"""


@dataclass(frozen=True, kw_only=True)
class NoCache:
    """Pull and unpack images layer by layer."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, kw_only=True)
class SociParallelPull:
    """Pull and unpack layers in parallel; needs AL2023 v20250821 or Bottlerocket 1.44, or newer."""

    downloads: int = 20
    unpacks: int = 12
    chunk: str = "16mb"
    throughput_mibps: int = 600
    iops: int = 3000
    kind: Literal["soci"] = "soci"


@dataclass(frozen=True, kw_only=True)
class SnapshotCache:
    """Start nodes from a volume that holds the images already; Bottlerocket only.

    Args:
        snapshot_id: the volume's snapshot; it must be built again for each new image.
        image_digests: the images that the snapshot holds, as its tag lists them.
        init_rate_mibps: how fast its content is loaded.
        fast_restore_zones: zone ids that pay for instant content.
        accept_cost: fast restore is worth its price.
    """

    snapshot_id: str
    image_digests: tuple[str, ...] = ()
    init_rate_mibps: int = 200
    fast_restore_zones: tuple[str, ...] = ()
    accept_cost: bool = False
    kind: Literal["snapshot"] = "snapshot"


ImageCache = NoCache | SociParallelPull | SnapshotCache


@dataclass(frozen=True, kw_only=True)
class ImageLoad:
    """What a pool's nodes carry before they answer the first request.

    Args:
        image_gib: compressed, as it travels.
        unpacked_gib: as it lies on the disk.
        model_load_seconds: from the start of the server to its first right answer.
    """

    image_gib: float = 8.85
    unpacked_gib: float = 19.0
    model_load_seconds: float = 120


@dataclass(frozen=True, kw_only=True)
class StartPlan:
    """What the choice of cache means for everything that waits for a node."""

    pull_seconds: float
    consolidate_after_seconds: int
    startup_budget_seconds: int


def start_plan(cache: ImageCache, os: Os, load: ImageLoad) -> StartPlan:
    """Derive the waiting times of a pool from its cache.

    Args:
        cache: how images reach the node.
        os: which node image.
        load: what is pulled and loaded.
    """
    pull = pull_seconds(cache, os, load)
    whole = round_up(2 * (pull + load.model_load_seconds))
    return StartPlan(
        pull_seconds=pull,
        consolidate_after_seconds=max(MIN_CONSOLIDATE_SECONDS, whole),
        startup_budget_seconds=max(MIN_CONSOLIDATE_SECONDS, whole),
    )


def pull_seconds(cache: ImageCache, os: Os, load: ImageLoad) -> float:
    """Return how long the images take to reach a new node."""
    if isinstance(cache, SnapshotCache):
        return load.unpacked_gib * MIB_PER_GIB / cache.init_rate_mibps
    rate = SOCI_MB_PER_SECOND[os] if isinstance(cache, SociParallelPull) else PLAIN_MB_PER_SECOND
    return load.image_gib * MB_PER_GIB / rate


def round_up(seconds: float, step: int = 60) -> int:
    """Return the next multiple of a step."""
    return math.ceil(seconds / step) * step


def cache_problems(where: str, cache: ImageCache, os: Os) -> Iterator[str]:
    """Yield what is wrong with a cache.

    Args:
        where: the pool's place in the settings, such as `node_pools.gpu`.
        cache: the choice.
        os: of the pool's nodes.
    """
    if not isinstance(cache, SnapshotCache):
        return
    if os != "bottlerocket":
        yield (
            f"{where}.image_cache is a snapshot with os {os}, which mounts no second volume; write os: bottlerocket, "
            "or image_cache: {kind: soci}."
        )
    zones = len(cache.fast_restore_zones)
    if zones and not cache.accept_cost:
        dollars = round(zones * FAST_RESTORE_USD_PER_ZONE_MONTH, -1)
        yield (
            f"{where}.image_cache.fast_restore_zones has {zones} zones, about ${dollars:,} a month; "
            "use init_rate_mibps instead, or set accept_cost."
        )
    if cache.init_rate_mibps not in INIT_RATES_MIBPS:
        yield f"{where}.image_cache.init_rate_mibps is {cache.init_rate_mibps}; EBS loads at 100 to 300 MiB/s."


@dataclass(frozen=True, kw_only=True)
class NodeSettings:
    """The node's own configuration for a cache: what goes into user data."""

    al2023: dict[str, object] = field(default_factory=dict)
    bottlerocket: dict[str, object] = field(default_factory=dict)


def node_settings(cache: ImageCache) -> NodeSettings:
    """Return what switches parallel pull on, for either node image; nothing for the other caches.

    Source: https://bottlerocket.dev/en/os/1.53.x/api/settings/container-runtime-plugins; nodeadm's `FastImagePull`.
    """
    if not isinstance(cache, SociParallelPull):
        return NodeSettings()
    return NodeSettings(
        al2023={
            "apiVersion": "node.eks.aws/v1alpha1",
            "kind": "NodeConfig",
            "spec": {"featureGates": {"FastImagePull": True}},
        },
        bottlerocket={
            "container-runtime": {"snapshotter": "soci"},
            "container-runtime-plugins": {
                "soci-snapshotter": {
                    "pull-mode": "parallel-pull-unpack",
                    "parallel-pull-unpack": {
                        "max-concurrent-downloads-per-image": cache.downloads,
                        "concurrent-download-chunk-size": cache.chunk,
                        "max-concurrent-unpacks-per-image": cache.unpacks,
                        "discard-unpacked-layers": True,
                    },
                }
            },
        },
    )
