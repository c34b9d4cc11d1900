"""What follows from a pool: its ceiling in money, and everything that the Kubernetes side derives from it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components.aws.gpu_pool_spec import LATEST, GpuPool, KarpenterPool, ManagedPool
from components.aws.gpu_types import gpu_count, has_local_nvme, memory_gib, vcpus
from components.aws.image_cache_plan import ImageCache, SnapshotCache, SociParallelPull, start_plan
from components.aws.node_disk import DATA_DEVICES, Disk, Os, node_disks
from components.aws.node_user_data import user_data
from components.aws.prices import EC2_PER_HOUR, HOURS_PER_MONTH, READ, per_hour
from components.kubernetes.object_names import POOL_LABEL

CEILING_FACTOR = 1.5
"""A ceiling above so many budgets is an error: budgets inform hours late, only limits stop."""
DELETE_MARGIN_MINUTES = 15
EFA_INTERFACES = (
    {"deviceIndex": 0, "networkCardIndex": 0, "interfaceType": "interface"},
    {"deviceIndex": 1, "networkCardIndex": 0, "interfaceType": "efa-only"},
)
"""The node class takes no list without an ordinary first interface (its schema says so)."""
ALIASES: dict[Os, str] = {"al2023": "al2023", "bottlerocket": "bottlerocket"}


def ceiling_gpus(pool: GpuPool, zones: Sequence[str]) -> int:
    """Return the most GPUs that a pool can have at one time, in a network with these zones."""
    if isinstance(pool, KarpenterPool):
        return pool.gpu_limit
    return most_nodes(pool, zones) * max(map(gpu_count, pool.instance_types), default=0)


def most_nodes(pool: ManagedPool, zones: Sequence[str]) -> int:
    """Return how many nodes the groups of a managed pool can have together, in a network with these zones."""
    return pool.maximum * (len(group_zones(pool, zones)) if pool.group_per_zone else 1)


def group_zones(pool: ManagedPool, zones: Sequence[str]) -> tuple[str, ...]:
    """Return where a managed pool has nodes: in its block's zone, in its own zones, or in all of the network's."""
    return (pool.capacity_block.zone,) if pool.capacity_block else pool.zones or tuple(zones)


def ceiling_usd_per_month(pools: Mapping[str, GpuPool], zones: Sequence[str]) -> float:
    """Return the price of all pools at their limits, with the dearest type that each accepts.

    Args:
        pools: by name.
        zones: of the network.
    """
    hourly = sum(ceiling_gpus(pool, zones) * _dearest_gpu_hour(pool) for pool in pools.values())
    return round(hourly * HOURS_PER_MONTH, 2)


def ceiling_problems(
    pools: Mapping[str, GpuPool], zones: Sequence[str], monthly_usd: float, *, accept_ceiling: bool
) -> Iterator[str]:
    """Yield what is wrong between what the pools can cost and what the budget allows."""
    for name, pool in pools.items():
        for kind in pool.instance_types:
            if gpu_count(kind) and per_hour(kind) is None:
                yield (
                    f"node_pools.{name}.instance_types has {kind}, whose price is not in the table of {READ}; add it "
                    "to components/aws/prices.py, or the ceiling cannot be known."
                )
    ceiling = ceiling_usd_per_month(pools, zones)
    if ceiling > CEILING_FACTOR * monthly_usd and not accept_ceiling:
        gpus = sum(ceiling_gpus(pool, zones) for pool in pools.values())
        yield (
            f"node_pools can reach ${ceiling:,.0f} a month ({gpus} GPUs), but budget.monthly_usd is {monthly_usd:g}; "
            "lower gpu_limit, raise the budget, or set accept_ceiling."
        )


def pool_plan(name: str, pool: GpuPool) -> dict[str, Any]:
    """Return a pool as the Kubernetes side needs it: plain values, nothing to compute again.

    Shape:
        `kind`, `labels`, `taint`, `os`, `device_plugin`, `sharing`, `pods_per_gpu`, `consolidate_after_seconds`,
        `startup_budget_seconds`, `snapshot` (None, or `id` and `digests`); for Karpenter also `limits`, `disruption`,
        `requirements`, `node_class`, `expire_after`, `termination_grace_period` and `delete_timeout_minutes`.
    """
    start = start_plan(pool.image_cache, pool.os, pool.load)
    plan: dict[str, Any] = {
        "kind": pool.kind,
        "os": pool.os,
        "labels": {POOL_LABEL: name, "nvidia.com/gpu.present": "true"},
        "taint": {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"},
        "consolidate_after_seconds": start.consolidate_after_seconds,
        "startup_budget_seconds": start.startup_budget_seconds,
        "device_plugin": pool.os == "al2023",
        "sharing": pool.sharing,
        "pods_per_gpu": pool.pods_per_gpu,
        "snapshot": _snapshot(pool.image_cache),
    }
    return plan | _karpenter_plan(pool, start.consolidate_after_seconds) if isinstance(pool, KarpenterPool) else plan


def snapshot_problems(plans: Mapping[str, Mapping[str, Any]], image: str) -> Iterator[str]:
    """Yield what is wrong between the image of the model servers and the snapshots that should hold it.

    Args:
        plans: pools by name, as `pool_plan` makes them.
        image: what is deployed, by digest.
    """
    deployed = image.rpartition("@")[2]
    for name, plan in plans.items():
        snapshot = plan.get("snapshot")
        if snapshot and deployed not in snapshot["digests"]:
            held = ", ".join(snapshot["digests"]) or "none"
            yield (
                f"node_pools.{name}.image_cache.snapshot_id is {snapshot['id']}, which holds the images {held} and not "
                f"{deployed}, which is deployed; build the snapshot again for this image, and list it in image_digests."
            )


def _snapshot(cache: ImageCache) -> dict[str, Any] | None:
    if not isinstance(cache, SnapshotCache):
        return None
    return {"id": cache.snapshot_id, "digests": list(cache.image_digests)}


def _karpenter_plan(pool: KarpenterPool, consolidate_after_seconds: int) -> dict[str, Any]:
    return {
        "limits": limits(pool),
        "disruption": {
            "consolidationPolicy": "WhenEmpty",
            "consolidateAfter": f"{consolidate_after_seconds}s",
            "budgets": [{"nodes": "1"}],
        },
        "requirements": [
            {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": list(pool.instance_types)},
            {"key": "karpenter.sh/capacity-type", "operator": "In", "values": list(pool.capacity)},
        ],
        "expire_after": f"{pool.expire_after_hours}h",
        "termination_grace_period": f"{pool.drain_minutes}m",
        "delete_timeout_minutes": pool.drain_minutes + DELETE_MARGIN_MINUTES,
        "node_class": _node_class(pool),
    }


def limits(pool: KarpenterPool) -> dict[str, str]:
    """Return the most that a pool may hold: its GPUs, and the processors and memory that come with them.

    GPUs are what a budget names; the other two are as much as the type with the most of each per GPU brings along, so
    that a shortage of small types cannot fill the pool with large ones that serve no more.
    """
    gpus = [(kind, -(-pool.gpu_limit // gpu_count(kind))) for kind in pool.instance_types if gpu_count(kind)]
    return {
        "nvidia.com/gpu": str(pool.gpu_limit),
        "cpu": str(max((nodes * vcpus(kind) for kind, nodes in gpus), default=0)),
        "memory": f"{max((nodes * memory_gib(kind) for kind, nodes in gpus), default=0)}Gi",
    }


def _node_class(pool: KarpenterPool) -> dict[str, Any]:
    release = "latest" if pool.ami_release == LATEST else pool.ami_release
    node_class: dict[str, Any] = {
        "amiSelectorTerms": [{"alias": f"{ALIASES[pool.os]}@{release}"}],
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "blockDeviceMappings": [{"deviceName": disk.device, "ebs": _volume(disk)} for disk in pool_disks(pool)],
    }
    if pool.reservation_ids:
        node_class["capacityReservationSelectorTerms"] = [{"id": identity} for identity in pool.reservation_ids]
    # Local disks would lie over the volume that a snapshot has filled, and the images on it would be pulled again.
    if all(map(has_local_nvme, pool.instance_types)) and not isinstance(pool.image_cache, SnapshotCache):
        node_class["instanceStorePolicy"] = "RAID0"
    if pool.efa:
        node_class["networkInterfaces"] = list(EFA_INTERFACES)
    data = user_data(pool.os, pool.image_cache, pool.shares)
    return {**node_class, "userData": data} if data else node_class


def pool_disks(pool: GpuPool) -> tuple[Disk, ...]:
    """Return every volume of a pool's nodes, as its node image and its image cache need them."""
    cache = pool.image_cache
    fast = cache if isinstance(cache, SociParallelPull) else None
    filled = cache if isinstance(cache, SnapshotCache) else None
    images = Disk(
        device=DATA_DEVICES[pool.os],
        size_gib=pool.disk_gib,
        throughput_mibps=fast.throughput_mibps if fast else None,
        iops=fast.iops if fast else None,
        snapshot_id=filled.snapshot_id if filled else None,
        init_rate_mibps=filled.init_rate_mibps if filled else None,
    )
    return node_disks(pool.os, images)


def _volume(disk: Disk) -> dict[str, Any]:
    volume = {
        "volumeSize": f"{disk.size_gib}Gi",
        "volumeType": "gp3",
        "encrypted": True,
        "throughput": disk.throughput_mibps,
        "iops": disk.iops,
        "snapshotID": disk.snapshot_id,
        "volumeInitializationRate": disk.init_rate_mibps,
    }
    return {key: value for key, value in volume.items() if value is not None}


def _dearest_gpu_hour(pool: GpuPool) -> float:
    prices = [
        EC2_PER_HOUR[kind] / gpu_count(kind) for kind in pool.instance_types if kind in EC2_PER_HOUR and gpu_count(kind)
    ]
    return max(prices, default=0.0)
