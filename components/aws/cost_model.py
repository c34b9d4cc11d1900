"""What a stack costs in a month, line by line, from its specs and an assumed use. Prices: `prices.py`."""

from collections.abc import Mapping
from dataclasses import dataclass

from components.aws.cluster_spec import ClusterSpec
from components.aws.endpoint_plan import interface_services
from components.aws.gpu_pool_spec import GpuPool
from components.aws.image_cache_plan import FAST_RESTORE_USD_PER_ZONE_MONTH, SnapshotCache, SociParallelPull
from components.aws.network_spec import NatIn, NatPerZone, NetworkSpec, NoNat
from components.aws.prices import (
    EC2_PER_HOUR,
    EKS_PER_HOUR,
    ENDPOINT_PER_HOUR,
    FLOW_LOGS_PER_GB,
    GP3_FREE_MIBPS,
    GP3_PER_GIB,
    GP3_PER_MIBPS,
    HOURS_PER_MONTH,
    HTTP_API_PER_MILLION,
    IPV4_PER_HOUR,
    LOGS_PER_GB,
    NAT_PER_GB,
    NAT_PER_HOUR,
    NLB_PER_HOUR,
)


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What is assumed about a month.

    Args:
        gpu_node_hours: hours of GPU nodes, all together, in each pool.
        nat_gb: through NAT.
        million_requests: through the API.
        log_gb: into log groups.
        flow_log_gb: into the bucket of flow logs.
        metrics_disk_gib: of the cluster's Prometheus.
        balancer_capacity_usd: of the load balancer, beside its hours.
        rest_usd: keys, alarms, images, scans, objects, transfer.
    """

    gpu_node_hours: float
    nat_gb: float
    million_requests: float
    log_gb: float
    flow_log_gb: float
    metrics_disk_gib: int
    balancer_capacity_usd: float
    rest_usd: float


DEV_USAGE = Usage(
    gpu_node_hours=176,
    nat_gb=50,
    million_requests=1,
    log_gb=5,
    flow_log_gb=2,
    metrics_disk_gib=20,
    balancer_capacity_usd=1.5,
    rest_usd=9,
)
"""One GPU node in working hours; nothing at night."""
PROD_USAGE = Usage(
    gpu_node_hours=2.2 * HOURS_PER_MONTH,
    nat_gb=200,
    million_requests=50,
    log_gb=45,
    flow_log_gb=30,
    metrics_disk_gib=100,
    balancer_capacity_usd=9,
    rest_usd=55,
)
"""Two GPU nodes always, two more for a tenth of the time: the idle slot around a shift."""


@dataclass(frozen=True, kw_only=True)
class CostLine:
    """One line of the estimate."""

    name: str
    quantity: str
    usd: float


def monthly_estimate(
    network: NetworkSpec,
    cluster: ClusterSpec,
    pools: Mapping[str, GpuPool],
    usage: Usage,
    *,
    has_edge: bool,
) -> tuple[CostLine, ...]:
    """Estimate a month, line by line, on-demand list prices of us-east-1.

    Args:
        network: gives NAT gateways and endpoints.
        cluster: gives control plane and system nodes.
        pools: give GPU nodes; the first type of each is what is bought.
        usage: what is assumed.
        has_edge: whether there is an API and a load balancer.
    """
    zones = len(network.zones)
    nodes = cluster.system_nodes
    count = zones * nodes.nodes_per_zone
    lines = [
        CostLine(name="EKS control plane", quantity="1", usd=EKS_PER_HOUR["STANDARD"] * HOURS_PER_MONTH),
        CostLine(
            name="system nodes",
            quantity=f"{count} x {nodes.instance_type}",
            usd=count * EC2_PER_HOUR.get(nodes.instance_type, 0.0) * HOURS_PER_MONTH,
        ),
        *(_gpu_line(name, pool, usage) for name, pool in pools.items()),
        _disk_line(count * nodes.disk_gib + usage.metrics_disk_gib, pools, usage),
        _nat_line(network, usage),
        _endpoint_line(network),
        *(_edge_lines(usage) if has_edge else ()),
        CostLine(
            name="logs and flow logs",
            quantity=f"{usage.log_gb:g} + {usage.flow_log_gb:g} GB",
            usd=usage.log_gb * LOGS_PER_GB + usage.flow_log_gb * FLOW_LOGS_PER_GB,
        ),
        *_restore_lines(pools),
        CostLine(name="keys, alarms, images, objects, transfer", quantity="", usd=usage.rest_usd),
    ]
    return tuple(lines)


def total(lines: tuple[CostLine, ...]) -> float:
    """Return the sum of an estimate."""
    return round(sum(line.usd for line in lines), 2)


def _gpu_line(name: str, pool: GpuPool, usage: Usage) -> CostLine:
    kind = pool.instance_types[0]
    price = EC2_PER_HOUR.get(kind, 0.0)
    return CostLine(
        name=f"GPU nodes ({name})", quantity=f"{kind}, {usage.gpu_node_hours:.0f} h", usd=price * usage.gpu_node_hours
    )


def _disk_line(system_gib: int, pools: Mapping[str, GpuPool], usage: Usage) -> CostLine:
    share = usage.gpu_node_hours / HOURS_PER_MONTH
    dollars = system_gib * GP3_PER_GIB
    for pool in pools.values():
        fast = pool.image_cache.throughput_mibps if isinstance(pool.image_cache, SociParallelPull) else GP3_FREE_MIBPS
        dollars += share * (pool.disk_gib * GP3_PER_GIB + max(0, fast - GP3_FREE_MIBPS) * GP3_PER_MIBPS)
    return CostLine(name="disks", quantity=f"{system_gib} GiB and GPU nodes'", usd=dollars)


def _nat_line(network: NetworkSpec, usage: Usage) -> CostLine:
    if isinstance(network.nat, NoNat):
        return CostLine(name="NAT gateways", quantity="0", usd=0.0)
    count = len(network.zones) if isinstance(network.nat, NatPerZone) else 1
    addresses = count if isinstance(network.nat, NatPerZone | NatIn) else len(network.zones)
    hourly = (count * NAT_PER_HOUR + addresses * IPV4_PER_HOUR) * HOURS_PER_MONTH
    return CostLine(
        name="NAT gateways", quantity=f"{count}, {usage.nat_gb:g} GB", usd=hourly + usage.nat_gb * NAT_PER_GB
    )


def _endpoint_line(network: NetworkSpec) -> CostLine:
    services, zones = len(interface_services(network.endpoints)), len(network.zones)
    dollars = services * zones * ENDPOINT_PER_HOUR * HOURS_PER_MONTH
    return CostLine(name="interface endpoints", quantity=f"{services} x {zones} zones", usd=dollars)


def _edge_lines(usage: Usage) -> tuple[CostLine, CostLine]:
    return (
        CostLine(name="load balancer", quantity="1", usd=NLB_PER_HOUR * HOURS_PER_MONTH + usage.balancer_capacity_usd),
        CostLine(
            name="HTTP API",
            quantity=f"{usage.million_requests:g} M requests",
            usd=usage.million_requests * HTTP_API_PER_MILLION,
        ),
    )


def _restore_lines(pools: Mapping[str, GpuPool]) -> tuple[CostLine, ...]:
    zones = sum(
        len(pool.image_cache.fast_restore_zones)
        for pool in pools.values()
        if isinstance(pool.image_cache, SnapshotCache)
    )
    if not zones:
        return ()
    dollars = zones * FAST_RESTORE_USD_PER_ZONE_MONTH
    return (CostLine(name="fast snapshot restore", quantity=f"{zones} zones", usd=dollars),)
