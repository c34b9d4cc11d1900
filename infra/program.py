"""The program of a stack: settings → platform → models → exports."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.local.stack_platform import Platform
from infra.local_stack import platform_args
from infra.releases import PlannedRelease, planned_releases
from infra.settings import AnySettings, ClusterSettings, FoundationSettings, Settings
from infra.stack_config import read_settings, refusal
from serving.errors import ConfigurationError


def run() -> None:
    """Register every resource of the selected stack and export how to reach it."""
    register(read_settings(), pulumi.get_stack())


def register(settings: AnySettings, stack: str) -> None:
    """Register every resource of a stack and export how to reach it."""
    if isinstance(settings, Settings):
        register_local(settings, stack)
        return
    # Only here: their classes take seconds and memory that a stack on one machine does not need.
    from infra import cloud_program, cluster_program  # noqa: PLC0415

    if isinstance(settings, ClusterSettings):
        cluster_program.register_cluster(settings, stack)
    elif isinstance(settings, FoundationSettings):
        cloud_program.register_foundation(settings.platform, stack)
    else:
        cloud_program.register_cloud(settings, stack)


def register_local(settings: Settings, stack: str) -> None:
    """Register a stack on one machine."""
    releases = read_releases(settings)
    platform = Platform("platform", platform_args(stack, settings, releases))
    pulumi.export("gateway_url", platform.gateway.url)
    for client, key in platform.gateway.keys.items():
        pulumi.export(f"api_key_{client}", key)
    pulumi.export("models", {name: described(platform, settings, releases, name) for name in sorted(settings.models)})


def read_releases(settings: Settings) -> dict[str, dict[str, PlannedRelease]]:
    """Return every planned release of the stack, found from the project's folder.

    Raises:
        pulumi.RunError: With every problem at once, before any resource is registered.
    """
    try:
        return planned_releases(settings, Path.cwd())
    except ConfigurationError as error:
        raise pulumi.RunError(refusal(str(error).splitlines())) from None


def described(
    platform: Platform, settings: Settings, releases: Mapping[str, Mapping[str, PlannedRelease]], name: str
) -> dict[str, Any]:
    """Return what a caller needs to know of a model."""
    live = settings.models[name].live
    manifest = releases[name][live].release.manifest
    return {
        "url": platform.models[name].url,
        "live": live,
        "release": manifest.version,
        "inputs": [tensor.model_dump(mode="json") for tensor in manifest.inputs],
        "outputs": [tensor.model_dump(mode="json") for tensor in manifest.outputs],
    }
