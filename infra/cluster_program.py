"""The program of a stack on a cluster: releases → platform → exports."""

from functools import partial
from pathlib import Path

import pulumi

from components.kubernetes.stack_platform import Platform
from infra.cluster_stack import cluster_access, platform_args
from infra.kubernetes_settings import ClusterOfStack
from infra.releases import Releases, cluster_releases
from infra.settings import ClusterSettings
from infra.stack_config import refusal, refused_by_sentence
from infra.stack_exports import export_models
from serving.errors import ConfigurationError


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
    return refused_by_sentence(lambda: cluster_releases(settings, Path.cwd()))


def export(platform: Platform, settings: ClusterSettings, releases: Releases) -> None:
    """Export how the models of a stack are reached."""
    gateway, urls = platform.gateway, {name: model.url for name, model in platform.models.items()}
    pulumi.export("gateway_address", gateway.address)
    export_models(settings.models, releases, gateway_url=gateway.url, keys=gateway.keys, urls=urls)
