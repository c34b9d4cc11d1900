"""The program of a stack: settings → platform → models → exports."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi

from components.local.stack_platform import Platform
from infra.local_stack import platform_args
from infra.releases import PlannedRelease, planned_releases
from infra.settings import Settings
from infra.stack_config import read_settings, refusal
from serving.errors import ConfigurationError


def run() -> None:
    """Register every resource of the selected stack and export how to reach it."""
    settings = read_settings()
    releases = read_releases(settings)
    platform = Platform("platform", platform_args(pulumi.get_stack(), settings, releases))
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
