"""The program of a stack in the cloud: an account's foundation, or network, cluster, store, edge and budget."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pulumi

from components.aws.aws_platform import AwsPlatform
from components.aws.foundation import Foundation
from infra import aws_settings
from infra.cloud_names import CLOUD
from infra.settings import CloudSettings
from infra.stack_config import refusal
from serving.errors import ConfigurationError

T = TypeVar("T")

MODELS_LATER = (
    "models is not empty, but this version makes only the cloud that models stand on: network, cluster, GPU pools, "
    "registry, store, edge. Leave gateway and models out; models run with platform.kind: local."
)
KUBERNETES_LATER = (
    "platform.kind is kubernetes, and its settings are right, but this version has no components for a cluster that "
    "exists. Use platform.kind: local to serve models, or aws to make the cloud."
)


def register_foundation(platform: aws_settings.FoundationPlatform, stack: str) -> None:
    """Register what an account needs once.

    Raises:
        pulumi.RunError: The settings cannot be carried out.
    """
    foundation = _refused_by_sentence(lambda: Foundation("foundation", platform.args(stack)))
    _export({name: getattr(foundation, name) for name in Foundation.__annotations__})


def register_cloud(settings: CloudSettings, stack: str) -> None:
    """Register the cloud of a stack.

    Raises:
        pulumi.RunError: The settings cannot be carried out, or ask for what this version does not have.
    """
    platform = settings.platform
    if isinstance(platform, aws_settings.KubernetesPlatform):
        raise pulumi.RunError(refusal([KUBERNETES_LATER]))
    if settings.models:
        raise pulumi.RunError(refusal([MODELS_LATER]))
    cloud = _refused_by_sentence(lambda: AwsPlatform(CLOUD, platform.args(stack)))
    _export(cloud.exports())


def _refused_by_sentence(make: Callable[[], T]) -> T:
    try:
        return make()
    except ConfigurationError as error:
        raise pulumi.RunError(refusal(str(error).splitlines())) from None


def _export(values: Mapping[str, pulumi.Input[Any]]) -> None:
    for name, value in values.items():
        pulumi.export(name, value)
