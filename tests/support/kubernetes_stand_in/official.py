"""Whether the official Kubernetes provider is here, and so which one answers."""

import shutil
from collections.abc import Mapping
from pathlib import Path

_PLUGIN = "pulumi-resource-kubernetes"


def official_provider(environment: Mapping[str, str]) -> str | None:
    """Where the official plugin is: on PATH or among the engine's plugins; None when it is not there.

    Args:
        environment: Variables that the engine will see.
    """
    found = shutil.which(_PLUGIN, path=environment.get("PATH"))
    homes = [environment.get("PULUMI_HOME"), str(Path(environment.get("HOME", "~")).expanduser() / ".pulumi")]
    installed = (
        path for home in homes if home for path in Path(home).glob(f"plugins/resource-kubernetes-v*/{_PLUGIN}")
    )
    return found or next((str(path) for path in sorted(installed, reverse=True)), None)


def which_provider(environment: Mapping[str, str]) -> str:
    """Which Kubernetes provider answers an engine that sees these variables, as a line for a report."""
    official = official_provider(environment)
    if official:
        return f"Kubernetes provider: the official one, {official}"
    return "Kubernetes provider: the stand-in below tests/support/kubernetes_stand_in; the official one is not here"
