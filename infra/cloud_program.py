"""The program of a stack in the cloud: an account's foundation, or network, cluster, store, edge and budget."""

from collections.abc import Mapping
from typing import Any

import pulumi

from components.aws.aws_platform import AwsPlatform
from components.aws.foundation import Foundation
from infra import aws_settings, cluster_program
from infra.cloud_names import CLOUD
from infra.eks_program import below_cloud, register_on, settings_on_cloud
from infra.settings import CloudSettings
from infra.stack_config import refused_by_sentence


def register_foundation(platform: aws_settings.FoundationPlatform, stack: str) -> None:
    """Register what an account needs once.

    Raises:
        pulumi.RunError: The settings cannot be carried out.
    """
    foundation = refused_by_sentence(lambda: Foundation("foundation", platform.args(stack)))
    _export({name: getattr(foundation, name) for name in Foundation.__annotations__})


def register_cloud(settings: CloudSettings, stack: str) -> None:
    """Register the cloud of a stack, and what stands on its cluster where there are models.

    Raises:
        pulumi.RunError: The settings cannot be carried out.
    """
    served = settings_on_cloud(settings, stack) if settings.models else None
    releases = cluster_program.planned_releases(served) if served else {}
    cloud = refused_by_sentence(lambda: AwsPlatform(CLOUD, settings.platform.args(stack)))
    _export(cloud.exports())
    if served:
        platform = refused_by_sentence(lambda: register_on(below_cloud(cloud), served, releases, stack))
        cluster_program.export(platform, served, releases)


def _export(values: Mapping[str, pulumi.Input[Any]]) -> None:
    for name, value in values.items():
        pulumi.export(name, value)
