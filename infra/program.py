"""The program of a stack: settings → platform → models → exports."""

from pathlib import Path

import pulumi

from components.local.stack_platform import Platform
from infra.local_stack import platform_args
from infra.releases import planned_releases
from infra.settings import AnySettings, ClusterSettings, FoundationSettings, Settings
from infra.stack_config import read_settings, refused_by_sentence
from infra.stack_exports import export_models


def run() -> None:
    """Register every resource of the selected stack and export how to reach it."""
    register(read_settings(), pulumi.get_stack())


def register(settings: AnySettings, stack: str) -> None:
    """Register every resource of a stack and export how to reach it."""
    if isinstance(settings, Settings):
        register_local(settings, stack)
        return
    # Only here: a platform's classes take seconds and memory that a stack on another one does not need.
    if isinstance(settings, ClusterSettings):
        from infra import cluster_program  # noqa: PLC0415

        cluster_program.register_cluster(settings, stack)
        return
    from infra import cloud_program  # noqa: PLC0415

    if isinstance(settings, FoundationSettings):
        cloud_program.register_foundation(settings.platform, stack)
    else:
        cloud_program.register_cloud(settings, stack)


def register_local(settings: Settings, stack: str) -> None:
    """Register a stack on one machine.

    Raises:
        pulumi.RunError: With every problem of the releases at once, before any resource is registered.
    """
    releases = refused_by_sentence(lambda: planned_releases(settings, Path.cwd()))
    platform = Platform("platform", platform_args(stack, settings, releases))
    gateway, urls = platform.gateway, {name: model.url for name, model in platform.models.items()}
    export_models(settings.models, releases, gateway_url=gateway.url, keys=gateway.keys, urls=urls)
