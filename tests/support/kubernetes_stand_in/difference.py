"""What changed between two objects, property by property, and whether that needs another object."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.kubernetes_stand_in.object_names import is_generated
from tests.support.kubernetes_stand_in.rows import Row, group_of, row_of

_IDENTITY = ("kind", "metadata.name", "metadata.namespace")
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")
_MISSING = object()


@dataclass(frozen=True)
class Change:
    """One changed property.

    Args:
        path: As the engine writes it: `metadata.labels["a.b/c"]`, `spec.ports[0].port`.
        kind: ADD, DELETE or UPDATE.
    """

    path: str
    kind: str


@dataclass(frozen=True)
class Difference:
    """What a change of an object's inputs means.

    Args:
        changes: Every changed property.
        replaces: Paths among them that cannot change in place.
        delete_first: The old object goes before the new one comes, because both have one name.
    """

    changes: tuple[Change, ...]
    replaces: tuple[str, ...]
    delete_first: bool


def difference(old: Mapping[str, Any], new: Mapping[str, Any], settings: Mapping[str, Any]) -> Difference:
    """Compare two inputs of one resource.

    Args:
        old: Inputs of last time.
        new: Inputs now.
        settings: The provider's settings, such as `enableConfigMapMutable`.
    """
    changes = tuple(changed("", old, new))
    frozen = (*_IDENTITY, *_replaced(row_of(new), old, new, settings))
    replaces = tuple(change.path for change in changes if any(_within(change.path, path) for path in frozen))
    if group_of(str(old.get("apiVersion", ""))) != group_of(str(new.get("apiVersion", ""))):
        replaces = ("apiVersion", *replaces)
    same_place = _place(old) == _place(new)
    return Difference(changes, replaces, bool(replaces) and same_place and not is_generated(new))


def changed(path: str, old: Any, new: Any) -> Iterator[Change]:
    """Every property below a path in which two values differ; a null is a property that is not there."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            yield from changed(_below(path, name), _item(old, name), _item(new, name))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            pair = (each[index] if index < len(each) else _MISSING for each in (old, new))
            yield from changed(f"{path}[{index}]", *pair)
    elif old is _MISSING and new is not _MISSING:
        yield Change(path, "ADD")
    elif new is _MISSING and old is not _MISSING:
        yield Change(path, "DELETE")
    elif (old is not new and (type(old) is bool) + (type(new) is bool) == 1) or old != new:
        yield Change(path, "UPDATE")


def _item(values: Mapping[str, Any], name: str) -> Any:
    found = values.get(name)
    return _MISSING if found is None or name.startswith("__") else found


def _below(path: str, name: str) -> str:
    if not _PLAIN_KEY.fullmatch(name):
        return f"{path}[{json.dumps(name)}]"
    return f"{path}.{name}" if path else name


def _replaced(row: Row, old: Mapping[str, Any], new: Mapping[str, Any], settings: Mapping[str, Any]) -> tuple[str, ...]:
    changeable = row.unless and str(settings.get(row.unless, "")).lower() == "true"
    return row.always if changeable and not (old.get("immutable") and new.get("immutable")) else row.replaces


def _within(path: str, root: str) -> bool:
    return path == root or path.startswith((f"{root}.", f"{root}["))


def _place(item: Mapping[str, Any]) -> tuple[Any, ...]:
    metadata = item.get("metadata") or {}
    return item.get("kind"), metadata.get("namespace"), metadata.get("name")
