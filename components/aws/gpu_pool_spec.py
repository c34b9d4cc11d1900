"""What a pool of GPU nodes can be: bought by Karpenter as pods need it, or a managed group of a chosen size."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from components.aws.gpu_types import has_gpu
from components.aws.image_cache_plan import ImageCache, ImageLoad, SnapshotCache, SociParallelPull, cache_problems
from components.aws.node_disk import Os

Capacity = Literal["reserved", "spot", "on-demand"]
Sharing = Literal["none", "time_slicing", "mps"]
LATEST = "latest"
MIN_SPOT_TYPES = 3
DISK_BASE_GIB, DISK_PER_UNPACKED = 30, 2.5
DRAIN_MARGIN_MINUTES = 5


@dataclass(frozen=True, kw_only=True)
class KarpenterPool:
    """Nodes that Karpenter buys when pods need them and gives back when they are empty.

    Args:
        instance_types: acceptable types, all with GPUs.
        gpu_limit: GPUs of the whole pool: the real ceiling of the bill.
        disk_gib: volume for images, at least 30 + 2.5 times the unpacked image.
        capacity: what may be bought; Karpenter takes reserved before spot before on-demand.
        os: which node image.
        ami_release: version of the node image, or `latest` outside production; `v1.64.0` of Bottlerocket, `v20260415`
            of AL2023.
        image_cache: how images reach a node.
        load: what the nodes carry.
        expire_after_hours: a node is replaced after this time.
        drain_minutes: how long a node waits for its pods when it goes; at least their grace + 5.
        longest_grace_seconds: the longest grace of a pod of this pool.
        efa: RDMA network interfaces, for training on many nodes.
        reservation_ids: capacity reservations, for `reserved`.
        sharing: how pods share a GPU; time-slicing and MPS give no isolation.
        pods_per_gpu: with sharing, how many pods a GPU is offered to.
    """

    instance_types: tuple[str, ...]
    gpu_limit: int
    disk_gib: int
    capacity: tuple[Capacity, ...] = ("on-demand",)
    os: Os = "al2023"
    ami_release: str = LATEST
    image_cache: ImageCache = field(default_factory=SociParallelPull)
    load: ImageLoad = field(default_factory=ImageLoad)
    expire_after_hours: int = 168
    drain_minutes: int = 10
    longest_grace_seconds: int = 120
    efa: bool = False
    reservation_ids: tuple[str, ...] = ()
    sharing: Sharing = "none"
    pods_per_gpu: int = 1
    kind: Literal["karpenter"] = "karpenter"

    @property
    def shares(self) -> tuple[Sharing, int]:
        """How pods share a GPU, and how many of them."""
        return self.sharing, self.pods_per_gpu


@dataclass(frozen=True, kw_only=True)
class CapacityBlock:
    """A block of GPU capacity bought for a time; scale to 0 before it ends."""

    reservation_id: str
    zone: str


@dataclass(frozen=True, kw_only=True)
class ManagedPool:
    """A managed node group: fixed or slowly changing GPU capacity without a controller.

    Args:
        instance_types: acceptable types, all with GPUs; exactly one with a capacity block or EFA.
        minimum: fewest nodes.
        desired: nodes now; nothing else in Slipway scales the group.
        maximum: most nodes.
        ami_release: version of the node image, or `latest` outside production, which follows the Kubernetes version.
        zones: in which zones; None is all of the network. A change replaces the group.
        group_per_zone: one group in each zone, where a volume or a reservation needs it.
        capacity_block: bought capacity, in one zone.
        efa_interfaces: network interfaces with RDMA per node; 0 is none.
        sharing: how pods share a GPU; time-slicing and MPS give no isolation.
        pods_per_gpu: with sharing, how many pods a GPU is offered to.
    """

    instance_types: tuple[str, ...]
    disk_gib: int
    minimum: int = 0
    desired: int = 1
    maximum: int = 1
    capacity: Literal["on-demand", "spot"] = "on-demand"
    os: Os = "al2023"
    ami_release: str = LATEST
    image_cache: ImageCache = field(default_factory=SociParallelPull)
    load: ImageLoad = field(default_factory=ImageLoad)
    zones: tuple[str, ...] | None = None
    group_per_zone: bool = False
    capacity_block: CapacityBlock | None = None
    efa_interfaces: int = 0
    sharing: Sharing = "none"
    pods_per_gpu: int = 1
    kind: Literal["managed"] = "managed"

    @property
    def shares(self) -> tuple[Sharing, int]:
        """How pods share a GPU, and how many of them."""
        return self.sharing, self.pods_per_gpu


GpuPool = KarpenterPool | ManagedPool


def pool_problems(pools: Mapping[str, GpuPool], *, zones: tuple[str, ...], production: bool) -> Iterator[str]:
    """Yield every sentence about what is wrong with the pools.

    Args:
        pools: by name.
        zones: of the network.
        production: pins are required.
    """
    for name, pool in pools.items():
        where = f"node_pools.{name}"
        yield from _common_problems(where, pool, production=production)
        yield from cache_problems(where, pool.image_cache, pool.os)
        if isinstance(pool.image_cache, SnapshotCache):
            for zone in pool.image_cache.fast_restore_zones:
                if zone not in zones:
                    yield f'{where}.image_cache.fast_restore_zones has "{zone}", which is not in network.zones.'
        if isinstance(pool, KarpenterPool):
            yield from _karpenter_problems(where, pool, production=production)
        else:
            yield from _managed_problems(where, pool, zones)


def _common_problems(where: str, pool: GpuPool, *, production: bool) -> Iterator[str]:
    types = pool.instance_types
    spot = "spot" in ((pool.capacity,) if isinstance(pool, ManagedPool) else pool.capacity)
    if not types:
        yield f"{where}.instance_types is empty; name at least one type such as g6.xlarge."
    plain = [kind for kind in types if not has_gpu(kind)]
    if plain:
        yield f"{where}.instance_types has {plain[0]}, which has no GPU; CPU and GPU types never mix in one pool."
    if spot and len(types) < MIN_SPOT_TYPES:
        noun = "type" if len(types) == 1 else "types"
        yield f"{where} has {len(types)} instance {noun} for spot; give at least 3, or one shortage stops the pool."
    if production and pool.ami_release == LATEST:
        yield (f"{where}.ami_release is latest in prod; pin a release, or each new node image replaces every GPU node.")
    if (pool.sharing == "none") != (pool.pods_per_gpu == 1) or pool.pods_per_gpu < 1:
        yield (
            f"{where}.pods_per_gpu is {pool.pods_per_gpu} with sharing {pool.sharing}; give at least 2 with "
            "time_slicing or mps, and 1 with none. Pods that share a GPU are not isolated from each other."
        )
    needed = DISK_BASE_GIB + DISK_PER_UNPACKED * pool.load.unpacked_gib
    if pool.disk_gib < needed:
        yield (
            f"{where}.disk_gib is {pool.disk_gib}; an image of {pool.load.unpacked_gib:g} GiB unpacked needs at least "
            f"{needed:g} (30 + 2.5 times the image)."
        )


def _karpenter_problems(where: str, pool: KarpenterPool, *, production: bool) -> Iterator[str]:
    if pool.capacity == ("spot",) and production:
        yield f"{where}.capacity is spot only in prod; add on-demand as the fallback."
    if not pool.capacity:
        yield f"{where}.capacity is empty; allowed are reserved, spot and on-demand."
    if ("reserved" in pool.capacity) != bool(pool.reservation_ids):
        yield f"{where}.reservation_ids and the capacity reserved belong together; give both or neither."
    if pool.gpu_limit < 1:
        yield f"{where}.gpu_limit is {pool.gpu_limit}; give at least 1, or leave the pool out."
    needed = pool.longest_grace_seconds / 60 + DRAIN_MARGIN_MINUTES
    if pool.drain_minutes < needed:
        yield (
            f"{where}.drain_minutes is {pool.drain_minutes}, but its pods may take {pool.longest_grace_seconds} s to "
            f"end; give at least {needed:g}, or Karpenter cuts their grace short."
        )


def _managed_problems(where: str, pool: ManagedPool, zones: tuple[str, ...]) -> Iterator[str]:
    if not 0 <= pool.minimum <= pool.desired <= pool.maximum:
        yield (
            f"{where} has minimum {pool.minimum}, desired {pool.desired}, maximum {pool.maximum}; they must not fall "
            "in this order."
        )
    for zone in pool.zones or ():
        if zone not in zones:
            yield f'{where}.zones has "{zone}", which is not in network.zones.'
    block = pool.capacity_block
    if block is not None and block.zone not in zones:
        yield f'{where}.capacity_block.zone is "{block.zone}", which is not in network.zones.'
    if (block is not None or pool.efa_interfaces) and len(pool.instance_types) != 1:
        yield f"{where}.instance_types has {len(pool.instance_types)} types; a capacity block and EFA need exactly one."
    if block is not None and pool.capacity == "spot":
        yield f"{where}.capacity is spot, but a capacity block is bought; remove one of them."
    if pool.efa_interfaces and block is None and len(pool.zones or zones) != 1:
        yield f"{where}.zones has {len(pool.zones or zones)} zones; EFA needs all nodes close together, in one."
