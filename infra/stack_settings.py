"""Reads a stack file without the engine and without its key, for commands beside the program."""

from infra.settings import AnySettings, CloudSettings, ClusterSettings
from infra.settings_problems import problems, settings_class
from infra.stack_values import stack_file, values_of
from serving.errors import ConfigurationError


def settings_of(stack: str) -> AnySettings:
    """Return what the stack file of a stack says.

    Raises:
        ConfigurationError: It has problems; a line for each.
    """
    raw = values_of(stack)
    found = problems(raw, stack_file(stack).name)
    if found:
        raise ConfigurationError("\n".join(found))
    return settings_class(raw).model_validate(raw)


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
