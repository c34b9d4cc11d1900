"""All GPU pools of a cluster: managed groups, and the cloud side of those that Karpenter buys.

What the Kubernetes side needs (limits, taints, cache, waiting times) is derived here and published as `plans`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import ebs

from components.aws.aws_site import Site
from components.aws.cluster import Cluster
from components.aws.gpu_pool_spec import GpuPool, KarpenterPool, ManagedPool, pool_problems
from components.aws.image_cache_plan import SnapshotCache
from components.aws.karpenter import Karpenter, KarpenterArgs
from components.aws.managed_gpu_group import ManagedGpuGroup, ManagedGpuGroupArgs
from components.aws.network import Network
from components.aws.node_pool_plan import ceiling_usd_per_month, pool_plan
from components.aws.rules import require


@dataclass(frozen=True, kw_only=True)
class NodePoolsArgs:
    """Which pools, on which cluster.

    Args:
        pools: by name.
        cache_prefixes: prefixes of the registry that nodes may fill by pulling.

    Raises:
        ConfigurationError: a pool breaks a rule; the message lists every one.
    """

    site: Site
    cluster: Cluster
    network: Network
    pools: Mapping[str, GpuPool]
    cache_prefixes: Sequence[str] = ()

    def __post_init__(self) -> None:
        zones = tuple(self.network.private_subnets)
        require(pool_problems(self.pools, zones=zones, production=self.site.protect))


class NodePools(pulumi.ComponentResource):
    """The GPU capacity of a cluster, and its ceiling in money.

    Produces:
        One ManagedGpuGroup per managed pool; one Karpenter when any pool is its; fast snapshot restores.
    """

    plans: pulumi.Output[Mapping[str, Any]]
    gpu_ceiling_usd_per_month: pulumi.Output[float]
    interruption_queue_name: pulumi.Output[str] | None = None
    karpenter_node_role_arn: pulumi.Output[str] | None = None
    karpenter_instance_profile_name: pulumi.Output[str] | None = None

    def __init__(self, name: str, args: NodePoolsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make each pool as its kind says."""
        super().__init__("slipway:aws:NodePools", name, None, opts)
        self._name, self._args = name, args
        self.groups = {
            key: self._managed(key, pool) for key, pool in args.pools.items() if isinstance(pool, ManagedPool)
        }
        if any(isinstance(pool, KarpenterPool) for pool in args.pools.values()):
            self._karpenter()
        for key, pool in args.pools.items():
            self._fast_restores(key, pool)
        self.plain_plans = {key: pool_plan(key, pool) for key, pool in args.pools.items()}
        self.plans = pulumi.Output.from_input(self.plain_plans)
        self.gpu_ceiling_usd_per_month = pulumi.Output.from_input(
            ceiling_usd_per_month(args.pools, tuple(args.network.private_subnets))
        )
        self.register_outputs({key: getattr(self, key) for key in NodePools.__annotations__})

    @property
    def plain_instance_profile(self) -> str | None:
        """The profile of the nodes that Karpenter buys, known before it exists; None without such pools."""
        has_nodes = self.karpenter_instance_profile_name is not None
        return self._args.site.role_name(f"{self._name}-karpenter-node") if has_nodes else None

    def _managed(self, key: str, pool: ManagedPool) -> ManagedGpuGroup:
        args = ManagedGpuGroupArgs(
            site=self._args.site, cluster=self._args.cluster, network=self._args.network, pool_name=key, pool=pool
        )
        return ManagedGpuGroup(f"{self._name}-{key}", args, pulumi.ResourceOptions(parent=self))

    def _karpenter(self) -> None:
        args = KarpenterArgs(site=self._args.site, cluster=self._args.cluster, cache_prefixes=self._args.cache_prefixes)
        karpenter = Karpenter(f"{self._name}-karpenter", args, pulumi.ResourceOptions(parent=self))
        self.interruption_queue_name = karpenter.interruption_queue_name
        self.karpenter_node_role_arn = karpenter.node_role_arn
        self.karpenter_instance_profile_name = karpenter.node_instance_profile_name

    def _fast_restores(self, key: str, pool: GpuPool) -> None:
        cache = pool.image_cache
        if not isinstance(cache, SnapshotCache):
            return
        for zone in cache.fast_restore_zones:
            ebs.FastSnapshotRestore(
                f"{self._name}-{key}-fast-restore-{zone}",
                availability_zone=self._args.network.zone_names[zone],
                snapshot_id=cache.snapshot_id,
                opts=pulumi.ResourceOptions(parent=self),
            )
