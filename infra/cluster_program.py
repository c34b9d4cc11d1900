"""The program of a stack on a cluster: releases → platform → exports."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pulumi

from components.kubernetes.stack_platform import Platform
from infra.cluster_stack import cluster_access, platform_args
from infra.kubernetes_settings import ClusterOfStack
from infra.releases import AnyRelease, PlannedRelease, cluster_releases
from infra.settings import ClusterSettings
from infra.stack_config import refusal
from serving.errors import ConfigurationError

Releases = Mapping[str, Mapping[str, AnyRelease]]


def register_cluster(settings: ClusterSettings, stack: str) -> None:
    """Register what stands on a cluster.

    Raises:
        pulumi.RunError: With every problem of the releases at once, before any resource is registered.
    """
    releases = planned_releases(settings)
    cluster = settings.platform.cluster
    if isinstance(cluster, ClusterOfStack):
        # Its outputs decide what is made here, and outputs of a stack can only be waited for.
        pulumi.run(partial(_register_on_stack, cluster.stack, settings, releases, stack))
        return
    access = cluster_access(cluster)
    export(Platform("platform", platform_args(stack, settings, releases, access)), settings, releases)


async def _register_on_stack(name: str, settings: ClusterSettings, releases: Releases, stack: str) -> None:
    # AWS's classes take seconds and memory that a cluster of anybody else does not need.
    from infra.eks_program import below_stack, register_on  # noqa: PLC0415

    try:
        platform = register_on(await below_stack(name), settings, releases, stack)
    except ConfigurationError as error:
        raise pulumi.RunError(refusal(str(error).splitlines())) from None
    export(platform, settings, releases)


def planned_releases(settings: ClusterSettings) -> Releases:
    """Return every planned release of the stack, found from the project's folder.

    Raises:
        pulumi.RunError: With every problem at once, before any resource is registered.
    """
    try:
        return cluster_releases(settings, Path.cwd())
    except ConfigurationError as error:
        raise pulumi.RunError(refusal(str(error).splitlines())) from None


def export(platform: Platform, settings: ClusterSettings, releases: Releases) -> None:
    """Export how the models of a stack are reached."""
    pulumi.export("gateway_url", platform.gateway.url)
    pulumi.export("gateway_address", platform.gateway.address)
    for client, key in platform.gateway.keys.items():
        pulumi.export(f"api_key_{client}", key)
    pulumi.export("models", {name: described(platform, settings, releases, name) for name in sorted(settings.models)})


def described(platform: Platform, settings: ClusterSettings, releases: Releases, name: str) -> dict[str, Any]:
    """Return what a caller needs to know of a model; its tensors where this machine can read the release."""
    live = settings.models[name].live
    planned = releases[name][live]
    found = {"url": platform.models[name].url, "live": live, "release": planned.spec()["version"]}
    if not isinstance(planned, PlannedRelease):
        return found
    manifest = planned.release.manifest
    return {
        **found,
        "inputs": [tensor.model_dump(mode="json") for tensor in manifest.inputs],
        "outputs": [tensor.model_dump(mode="json") for tensor in manifest.outputs],
    }
