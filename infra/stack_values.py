"""What a stack file says, as plain values: read without the engine, without its key, and without judging it.

For commands that look at one or two values; `infra.stack_settings` reads all of them, and finds every mistake.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from infra.secret_values import own_values


def stack_file(stack: str) -> Path:
    """Return where a stack's file is, seen from the project."""
    return Path(f"Pulumi.{stack}.yaml")


def stack_values(path: Path) -> dict[str, Any]:
    """Return the values of a stack file by their short names, without secrets.

    Raises:
        OSError: It is not there.
    """
    read = YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}
    return own_values(read.get("config") or {})


def values_of(stack: str) -> dict[str, Any]:
    """Return the values of a stack's file; nothing where it has none."""
    path = stack_file(stack)
    return stack_values(path) if path.exists() else {}


def cluster_of(platform: object) -> str | None:
    """Return the stack whose cluster a platform stands on; None where there is none."""
    if not isinstance(platform, Mapping) or platform.get("kind") != "kubernetes":
        return None
    cluster = platform.get("cluster")
    return str(cluster["stack"]) if isinstance(cluster, Mapping) and "stack" in cluster else None


def is_elsewhere(stack: str) -> bool:
    """Tell a stack on a cluster or in a cloud from one on this machine, also where its stack file has mistakes."""
    platform = values_of(stack).get("platform")
    return isinstance(platform, dict) and platform.get("kind", "local") != "local"


def serves_models(stack: str) -> bool:
    """Say whether a stack file names models; a foundation's, or a cloud's alone, does not."""
    return bool(values_of(stack).get("models"))
