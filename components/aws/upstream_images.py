"""The images of the controllers and agents on an EKS cluster, to the byte, and where a cluster pulls them from.

Nothing is pulled from an upstream registry: ECR caches public.ecr.aws, and CI copies what it cannot cache (nvcr.io).
Digests are those of the multi-platform index; `crane digest IMAGE:TAG` prints them, and public records of that agree.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

CACHED_UPSTREAM = "ecr-public"
"""The pull-through cache, as `registry.upstreams` names it, that the controllers come through."""


@dataclass(frozen=True, kw_only=True)
class UpstreamImage:
    """One image of somebody else.

    Args:
        host: the registry that publishes it.
        path: its repository there.
        tag: its version; only read by people.
        digest: `sha256:…`.
    """

    host: str
    path: str
    tag: str
    digest: str

    @property
    def source(self) -> str:
        """Where it is published, by digest: what CI copies."""
        return f"{self.host}/{self.path}@{self.digest}"


KARPENTER = UpstreamImage(
    host="public.ecr.aws",
    path="karpenter/controller",
    tag="1.14.1",
    digest="sha256:445baefaaa689029cc12ac1f659b916b0b82fb14308ce536f8521fcf079116fa",
)
LOAD_BALANCER_CONTROLLER = UpstreamImage(
    host="public.ecr.aws",
    path="eks/aws-load-balancer-controller",
    tag="v3.5.0",
    digest="sha256:298acdff5a571731276aaea3d5cc450a264e4ad710a5bddf3e518f68a3f9f6cb",
)
DEVICE_PLUGIN = UpstreamImage(
    host="nvcr.io",
    path="nvidia/k8s-device-plugin",
    tag="v0.20.0",
    digest="sha256:a61ba9fd8efb82f3a79f877f7580e02c1e8e7593f62473644bc9c79e315c3312",
)
DCGM_EXPORTER = UpstreamImage(
    host="nvcr.io",
    path="nvidia/k8s/dcgm-exporter",
    tag="4.5.3-4.8.2-distroless",
    digest="sha256:60d3b00ac80b4ae77f94dae2f943685605585ad9e92fdccda3154d009ae317cc",
)


def cached(image: UpstreamImage, *, registry: str, prefix: str) -> str:
    """Return where a cluster finds an image that ECR caches.

    Args:
        image: of public.ecr.aws.
        registry: host of our registry.
        prefix: of the cache.
    """
    return f"{registry}/{prefix}/{image.path}"


def image_problems(
    needed: Sequence[UpstreamImage], mirrors: Mapping[str, str], upstreams: Sequence[str]
) -> Iterator[str]:
    """Yield what is missing in the registry for a cluster with models on it.

    Args:
        needed: images that only a copy of ours can give.
        mirrors: path → our copy; another digest of the same repository is somebody's choice and taken.
        upstreams: what ECR caches.
    """
    if CACHED_UPSTREAM not in upstreams:
        yield (
            f"registry.upstreams lacks {CACHED_UPSTREAM}, through which the cluster's controllers are pulled; add it, "
            "or leave models out."
        )
    for image in needed:
        if image.path not in mirrors:
            yield (
                f"registry.mirrors lacks {image.path}, which GPU nodes run; add {image.path} to registry.repositories, "
                f"copy {image.source} there (tag it {image.tag}), then add that reference to registry.mirrors."
            )
