"""How much of AWS's quotas a stack's GPU pools need: they count vCPUs, and a new account often has none.

Source: https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html, read 2026-08.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from components.aws.gpu_pool_spec import GpuPool, ManagedPool
from components.aws.gpu_types import gpu_count, vcpus
from components.aws.node_pool_plan import most_nodes

CODES = {
    "All G and VT Spot Instance Requests": "L-3819A6DF",
    "All P Spot Instance Requests": "L-7212CCBC",
    "Running On-Demand G and VT instances": "L-DB2E81BA",
    "Running On-Demand P instances": "L-417A185B",
}
"""What Service Quotas calls them: `aws service-quotas list-service-quotas --service-code ec2`."""


@dataclass(frozen=True, kw_only=True)
class Quota:
    """One quota and what of it the pools may use at their limits."""

    name: str
    vcpus: int

    @property
    def code(self) -> str:
        """The code by which Service Quotas knows it."""
        return CODES[self.name]


def quotas(pools: Mapping[str, GpuPool], zones: Sequence[str]) -> Iterator[Quota]:
    """Yield what the pools need at their limits, for each quota that counts them.

    Args:
        pools: by name.
        zones: of the network.
    """
    needed: dict[str, int] = {}
    for pool in pools.values():
        for family in {_family(kind) for kind in pool.instance_types}:
            for name in _names(pool, family):
                needed[name] = needed.get(name, 0) + _vcpus(pool, family, zones)
    yield from (Quota(name=name, vcpus=vcpus) for name, vcpus in sorted(needed.items()))


def _vcpus(pool: GpuPool, family: str, zones: Sequence[str]) -> int:
    """The most that a pool can use of one quota: as many nodes as its limit allows, of the largest type."""
    types = [kind for kind in pool.instance_types if _family(kind) == family]
    if isinstance(pool, ManagedPool):
        return most_nodes(pool, zones) * max(map(vcpus, types))
    return max(-(-pool.gpu_limit // gpu_count(kind)) * vcpus(kind) for kind in types)


def _names(pool: GpuPool, family: str) -> Iterator[str]:
    capacity = (pool.capacity,) if isinstance(pool, ManagedPool) else pool.capacity
    if "spot" in capacity:
        yield f"All {family} Spot Instance Requests"
    if "on-demand" in capacity:
        yield f"Running On-Demand {family} instances"


def _family(instance_type: str) -> str:
    return "P" if instance_type.startswith("p") else "G and VT"
