"""What the registry holds, mirrors and caches, and the rules of its names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from components.aws.rules import listed

UPSTREAMS = {"ecr-public": "public.ecr.aws", "k8s": "registry.k8s.io", "quay": "quay.io"}
"""Upstreams that ECR caches without credentials: prefix of our repositories → address."""
UPSTREAMS_WITH_SECRET = {
    "chainguard": "cgr.dev",
    "docker-hub": "registry-1.docker.io",
    "github": "ghcr.io",
    "gitlab": "registry.gitlab.com",
}
"""Upstreams that need a Secrets Manager secret whose name begins with `ecr-pullthroughcache/`.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
"""
AZURE = ".azurecr.io"
"""A registry of Azure is named by its whole address, such as `models.azurecr.io`, and needs a secret too."""
OTHER_ECR = re.compile(r"^[0-9]{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com$")
"""Another registry of ECR is named by its address, and read by a role."""
CACHE_TAGS = "cache-*"
SECRET_PREFIX = "ecr-pullthroughcache/"  # noqa: S105 - the prefix of a secret's name
MIN_KEPT = 4
"""Two slots, each with a standby: fewer, and the idle slot's image disappears."""

_NAME = re.compile(r"^[a-z0-9]+([._/-][a-z0-9]+)*$")
_NAME_CHARACTERS = 256
_MIRROR = re.compile(r"^[^@\s]+@sha256:[0-9a-f]{64}$")


@dataclass(frozen=True, kw_only=True)
class RegistrySpec:
    """The plain description of a registry.

    Args:
        repositories: names of the repositories that are pushed to; the stack's name comes before each.
        scan: `enhanced` is Inspector, paid per image.
        keep_releases: images with a release tag that are kept.
        upstreams: registries that ECR caches, by name.
        upstream_secrets: upstream → ARN of its secret.
        upstream_roles: address of another registry of ECR → ARN of the role by which ECR reads it.
        cache_tags: CI may overwrite tags that begin with `cache-`, which nothing deploys; all others never move.
        mirrors: images by digest that CI copies here, because ECR cannot cache their registry; into repositories above.
    """

    repositories: tuple[str, ...]
    scan: Literal["basic", "enhanced"] = "basic"
    keep_releases: int = 10
    upstreams: tuple[str, ...] = ("ecr-public", "k8s", "quay")
    upstream_secrets: dict[str, str] | None = None
    upstream_roles: dict[str, str] | None = None
    cache_tags: bool = False
    mirrors: tuple[str, ...] = ()


def registry_problems(spec: RegistrySpec) -> Iterator[str]:
    """Yield every sentence about what is wrong with a registry."""
    for index, name in enumerate(spec.repositories):
        if not _NAME.match(name) or len(name) > _NAME_CHARACTERS:
            yield (
                f'registry.repositories[{index}] is "{name}"; write lower-case letters and digits, separated by '
                ". _ - or /, at most 256 characters."
            )
    if spec.keep_releases < MIN_KEPT:
        yield (
            f"registry.keep_releases is {spec.keep_releases}; keep at least {MIN_KEPT}, or the idle slot's image "
            "disappears."
        )
    yield from _upstream_problems(spec)
    for index, mirror in enumerate(spec.mirrors):
        if not _MIRROR.match(mirror):
            bare = mirror.partition("@")[0].rpartition(":")[0] or mirror
            yield f"registry.mirrors[{index}] has no digest; write {bare}@sha256:…."


def _upstream_problems(spec: RegistrySpec) -> Iterator[str]:
    secrets = spec.upstream_secrets or {}
    for name in spec.upstreams:
        if needs_secret(name) and name not in secrets:
            yield (
                f"registry.upstreams has {name}, which needs a password; give the ARN of a secret named "
                f"{SECRET_PREFIX}… as registry.upstream_secrets.{name}."
            )
        elif OTHER_ECR.match(name) and name not in (spec.upstream_roles or {}):
            yield (
                f"registry.upstreams has {name}, another registry of ECR; give the ARN of the role that reads it as "
                f"registry.upstream_roles.{name}."
            )
        elif name not in UPSTREAMS and not needs_secret(name) and not OTHER_ECR.match(name):
            yield f"registry.upstreams has {name}, which ECR cannot cache; list the image under registry.mirrors."
    for name, arn in secrets.items():
        if f":secret:{SECRET_PREFIX}" not in arn:
            known = listed([*UPSTREAMS_WITH_SECRET, f"any {AZURE}"])
            yield (
                f'registry.upstream_secrets.{name} is "{arn}"; the name of the secret must begin with {SECRET_PREFIX} '
                f"(upstreams with one: {known})."
            )


def needs_secret(name: str) -> bool:
    """Tell whether ECR logs in to an upstream."""
    return name in UPSTREAMS_WITH_SECRET or name.endswith(AZURE)


def upstream_address(name: str) -> str:
    """Return where an upstream is: `quay` → `quay.io`."""
    return name if name.endswith(AZURE) or OTHER_ECR.match(name) else (UPSTREAMS | UPSTREAMS_WITH_SECRET)[name]


def mirror_parts(mirror: str) -> tuple[str, str]:
    """Cut a mirror into our repository's name and the digest: the registry's address goes, the path stays."""
    address, _, digest = mirror.partition("@")
    return address.partition("/")[2], digest
