"""Which Karpenter this cloud is made for, and which Kubernetes versions it runs with.

Source: https://karpenter.sh/docs/upgrading/compatibility, read 2026-08: Kubernetes 1.36 needs Karpenter 1.13 or newer.
"""

from collections.abc import Iterator, Mapping

from components.aws.gpu_pool_spec import GpuPool, KarpenterPool
from components.aws.upstream_images import KARPENTER

NEWEST_KUBERNETES = (1, 36)
NAMESPACE, SERVICE_ACCOUNT = "kube-system", "karpenter"
"""Where its controller runs, and as whom: what its role is given to."""


def karpenter_problems(pools: Mapping[str, GpuPool], kubernetes_version: str) -> Iterator[str]:
    """Yield what is wrong between pools that Karpenter buys and a newer Kubernetes than it knows."""
    bought = [name for name, pool in pools.items() if isinstance(pool, KarpenterPool)]
    parts = kubernetes_version.split(".")
    if bought and all(part.isdecimal() for part in parts) and tuple(map(int, parts)) > NEWEST_KUBERNETES:
        newest = ".".join(map(str, NEWEST_KUBERNETES))
        yield (
            f"cluster.kubernetes_version is {kubernetes_version}, but node_pools.{bought[0]} is bought by Karpenter "
            f"{KARPENTER.tag}, which knows Kubernetes up to {newest}; take that, or kind: managed."
        )
