"""Which Bottlerocket releases have nodes for which Kubernetes: an older one has no node image, so no node ever starts.

Source: https://github.com/bottlerocket-os/bottlerocket/blob/develop/CHANGELOG.md, read 2026-11.
"""

import re
from collections.abc import Iterator, Mapping

from components.aws.cluster_spec import ClusterSpec
from components.aws.gpu_pool_spec import LATEST, GpuPool

FIRST_RELEASES: Mapping[str, tuple[int, int, int]] = {
    "1.33": (1, 39, 0),
    "1.34": (1, 47, 0),
    "1.35": (1, 53, 0),
    "1.36": (1, 61, 0),
}
"""Kubernetes version → the first release with nodes for it."""
_RELEASE = re.compile(r"^v?(\d+)\.(\d+)\.(\d+)(-[0-9a-f]{8})?$")
"""Karpenter writes `v1.53.0`, and a managed node group `1.53.0-` with eight digits of a commit."""


def bottlerocket_problems(pools: Mapping[str, GpuPool], cluster: ClusterSpec) -> Iterator[str]:
    """Yield what is wrong between pinned releases of Bottlerocket and the Kubernetes version.

    Args:
        pools: GPU pools, by name.
        cluster: gives the version and the system nodes.
    """
    nodes = cluster.system_nodes
    pinned = {f"node_pools.{name}.ami_release": (pool.os, pool.ami_release) for name, pool in pools.items()}
    pinned["cluster.system_nodes.release_version"] = (nodes.os, nodes.release_version or LATEST)
    for where, (os, release) in pinned.items():
        if os == "bottlerocket" and release != LATEST:
            yield from _release_problems(where, release, cluster.kubernetes_version)


def _release_problems(where: str, release: str, kubernetes_version: str) -> Iterator[str]:
    found, first = _RELEASE.match(release), FIRST_RELEASES.get(kubernetes_version)
    if found is None:
        yield (
            f'{where} is "{release}", which is no release of Bottlerocket; write one such as v1.53.0, or '
            "1.53.0-9b3c5b1a in a managed group."
        )
    elif first is not None and tuple(map(int, found.groups()[:3])) < first:
        yield (
            f"{where} is {release}, but nodes for Kubernetes {kubernetes_version} begin with Bottlerocket "
            f"v{'.'.join(map(str, first))}; pin that or a newer one."
        )
