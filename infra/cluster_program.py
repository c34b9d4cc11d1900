"""The program of a stack on a cluster: releases → platform → exports."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.kubernetes.stack_platform import Platform
from infra.cluster_stack import cluster_access, platform_args
from infra.releases import AnyRelease, PlannedRelease, cluster_releases
from infra.settings import ClusterSettings
from infra.stack_config import refusal
from serving.errors import ConfigurationError


def register_cluster(settings: ClusterSettings, stack: str) -> None:
    """Register what stands on a cluster.

    Raises:
        pulumi.RunError: With every problem of the releases at once, before any resource is registered.
    """
    try:
        releases = cluster_releases(settings, Path.cwd())
    except ConfigurationError as error:
        raise pulumi.RunError(refusal(str(error).splitlines())) from None
    access = cluster_access(settings.platform)
    platform = Platform("platform", platform_args(stack, settings, releases, access))
    pulumi.export("gateway_url", platform.gateway.url)
    pulumi.export("gateway_address", platform.gateway.address)
    for client, key in platform.gateway.keys.items():
        pulumi.export(f"api_key_{client}", key)
    pulumi.export("models", {name: described(platform, settings, releases, name) for name in sorted(settings.models)})


def described(
    platform: Platform, settings: ClusterSettings, releases: Mapping[str, Mapping[str, AnyRelease]], name: str
) -> dict[str, Any]:
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
