"""The program of a stack on a cluster: releases → platform → exports."""

from functools import partial
from pathlib import Path

import pulumi

from components.aws.eks_facts import EXPORT
from components.kubernetes.stack_platform import Platform
from infra.cluster_stack import cluster_access, platform_args
from infra.kubernetes_settings import ClusterOfStack
from infra.other_stack import exported_access, other_stack
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
        pulumi.run(partial(register_on_stack, cluster.stack, settings, releases, stack))
        return
    access = cluster_access(cluster)
    export(Platform("platform", platform_args(stack, settings, releases, access)), settings, releases)


async def register_on_stack(name: str, settings: ClusterSettings, releases: Releases, stack: str) -> None:
    """Register what stands on the cluster of another stack.

    On an EKS cluster of ours that is EKS's services too. Any other stack is asked for its kubeconfig alone.

    Raises:
        pulumi.RunError: The other stack does not say what its cluster is, or how to enter it.
    """
    reference = other_stack(name)
    try:
        if (await reference.get_output_details(EXPORT)).value is None:
            access = await exported_access(reference, name)
            platform = Platform("platform", platform_args(stack, settings, releases, access))
        else:
            platform = await _on_eks(reference, name, settings, releases, stack)
    except ConfigurationError as error:
        raise pulumi.RunError(refusal(str(error).splitlines())) from None
    export(platform, settings, releases)


async def _on_eks(
    reference: pulumi.StackReference, name: str, settings: ClusterSettings, releases: Releases, stack: str
) -> Platform:
    # AWS's classes take seconds and memory that a cluster of anybody else does not need.
    from infra.eks_program import below_stack, register_on  # noqa: PLC0415

    return register_on(await below_stack(name, reference), settings, releases, stack)


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
