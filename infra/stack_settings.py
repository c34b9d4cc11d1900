"""Reads a stack file without the engine and without its key, for commands beside the program."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from infra.secret_values import own_values
from infra.settings import AnySettings, CloudSettings, ClusterSettings
from infra.settings_problems import problems, settings_class
from serving.errors import ConfigurationError


def settings_of(stack: str) -> AnySettings:
    """Return what the stack file of a stack says.

    Raises:
        ConfigurationError: It has problems; a line for each.
    """
    raw = _raw(stack)
    found = problems(raw, _stack_file(stack).name)
    if found:
        raise ConfigurationError("\n".join(found))
    return settings_class(raw).model_validate(raw)


def is_elsewhere(stack: str) -> bool:
    """Tell a stack on a cluster or in a cloud from one on this machine, also where its stack file has mistakes."""
    platform = _raw(stack).get("platform")
    return isinstance(platform, dict) and platform.get("kind", "local") != "local"


def serves_models(stack: str) -> bool:
    """Say whether a stack file names models; a foundation's, or a cloud's alone, does not."""
    return bool(_raw(stack).get("models"))


def cluster_settings_of(stack: str) -> ClusterSettings:
    """Return what a stack with models on a cluster says, whoever made the cluster.

    Raises:
        ConfigurationError: The stack file has problems, or names no models.
    """
    settings = settings_of(stack)
    if isinstance(settings, CloudSettings) and settings.models:
        # Only here: AWS's classes take seconds that a cluster of anybody else does not need.
        from infra.eks_program import settings_on_cloud  # noqa: PLC0415

        return settings_on_cloud(settings, stack)
    if isinstance(settings, ClusterSettings):
        return settings
    raise ConfigurationError(
        f"Stack {stack} serves no models itself; `pulumi stack --stack {stack}` lists what it made."
    )


def _stack_file(stack: str) -> Path:
    return Path(f"Pulumi.{stack}.yaml")


def _raw(stack: str) -> dict[str, Any]:
    path = _stack_file(stack)
    read = YAML(typ="safe").load(path.read_text(encoding="utf-8")) if path.exists() else None
    return own_values((read or {}).get("config") or {})
