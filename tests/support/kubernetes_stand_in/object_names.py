"""From the engine's names to the cluster's: type tokens, ids, generated names, field managers."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.kubernetes_stand_in.annotations import AUTONAMED
from tests.support.stand_in.wire import generated_name

_DIGITS = 8
"""pulumi-kubernetes knows no limit, because each kind has its own: the API server refuses a name that is too long."""
_PATCH = "Patch"


@dataclass(frozen=True)
class Token:
    """What a resource's URN says of it.

    Args:
        api_version: Such as `apps/v1`.
        kind: Such as `Deployment`.
        patch: Whether it owns single fields of an object that others made.
        logical: The resource's name in the program.
        owner: Stack, project, type and name: what stays when a parent changes.
    """

    api_version: str
    kind: str
    patch: bool
    logical: str
    owner: str

    @property
    def manager(self) -> str:
        """Field manager of the resource, the same in every run, so that an interrupted creation can go on."""
        return f"pulumi-kubernetes-{hashlib.sha256(self.owner.encode()).hexdigest()[:8]}"


def token_of(urn: str) -> Token:
    """Read a URN such as `urn:pulumi:dev::slipway::kubernetes:apps/v1:Deployment::web`."""
    stack, project, types, logical = urn.split("::", 3)
    kind_token = types.rsplit("$", 1)[-1]
    _, api_version, kind = kind_token.split(":", 2)
    patch = kind.endswith(_PATCH)
    owner = f"{stack}::{project}::{kind_token}::{logical}"
    return Token(api_version.removeprefix("core/"), kind.removesuffix(_PATCH), patch, logical, owner)


def identity(item: Mapping[str, Any]) -> str:
    """The id of an object: `namespace/name`, or `name` where there is no namespace."""
    metadata = item["metadata"]
    space = metadata.get("namespace")
    return f"{space}/{metadata['name']}" if space else str(metadata["name"])


def place(identifier: str) -> tuple[str | None, str]:
    """Namespace and name of an id."""
    space, _, name = identifier.rpartition("/")
    return space or None, name


def named(item: Mapping[str, Any], old: Mapping[str, Any], logical: str, seed: bytes) -> dict[str, Any]:
    """The same object with a name: its own, the one generated before, or a new one.

    Args:
        item: What the program asks for.
        old: What it asked for last time; empty for a new object.
        logical: The resource's name in the program.
        seed: Random bytes of the engine.
    """
    metadata = dict(item.get("metadata") or {})
    if metadata.get("name"):
        return {**item, "metadata": metadata}
    before = old.get("metadata") or {}
    generated = metadata.get("generateName")
    stem = str(generated).rstrip("-") if generated else logical.lower()
    metadata["name"] = before["name"] if is_generated(old) else generated_name(stem, seed, digits=_DIGITS)
    metadata["annotations"] = {**(metadata.get("annotations") or {}), AUTONAMED: "true"}
    return {**item, "metadata": metadata}


def is_generated(item: Mapping[str, Any]) -> bool:
    """Whether the object's name is one of ours."""
    metadata = item.get("metadata") or {}
    return bool(metadata.get("name")) and (metadata.get("annotations") or {}).get(AUTONAMED) == "true"
