"""The only reader of Pulumi's configuration: stack file → settings, or sentences that say what to correct."""

from collections.abc import Callable
from typing import Any, TypeVar

import pulumi

from infra.settings import AnySettings, Settings
from infra.settings_problems import problems, settings_class
from serving.errors import ConfigurationError

NAMESPACE = "slipway"
T = TypeVar("T")


def read_settings() -> AnySettings:
    """Read and check the configuration of the selected stack.

    Raises:
        pulumi.RunError: With every problem at once, before any resource is registered.
    """
    raw = _raw(pulumi.Config(NAMESPACE))
    found = problems(raw, f"Pulumi.{pulumi.get_stack()}.yaml")
    if found:
        raise pulumi.RunError(refusal(found))
    return settings_class(raw).model_validate(raw)


def refusal(found: list[str]) -> str:
    """Return the message that refuses a stack file."""
    count = "1 setting" if len(found) == 1 else f"{len(found)} settings"
    return "\n".join([f"{count} to correct; nothing was changed:", *(f"  {problem}" for problem in found)])


def refused_by_sentence(make: Callable[[], T]) -> T:
    """Return what is made of the settings, or refuse them by what its error says.

    Raises:
        pulumi.RunError: They cannot be carried out.
    """
    try:
        return make()
    except ConfigurationError as error:
        raise pulumi.RunError(refusal(str(error).splitlines())) from None


def _raw(config: pulumi.Config) -> dict[str, Any]:
    found = {name: config.get_object(name) for name in Settings.model_fields}
    return {name: value for name, value in found.items() if value is not None}
