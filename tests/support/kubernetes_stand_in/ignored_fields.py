"""Fields that a program ignores: who owns them in the cluster decides what is applied for them.

With server-side apply an ignored field may not simply be sent with its old value, which would take it away from whoever
changed it: it is left out when somebody else owns it, and sent with its present value when nobody does.
"""

import copy
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

_STEP = re.compile(r'\["((?:[^"\\]|\\.)*)"\]|\[(\d+|\*)\]|\.?([^.\[\]"]+)')


def steps(path: str) -> list[str | int]:
    """The keys and indexes of a property path such as `metadata.annotations["a.b/c"]` or `spec.ports[0].port`."""
    return [_step(*match.groups()) for match in _STEP.finditer(path)]


def without_ignored(
    item: Mapping[str, Any], live: Mapping[str, Any], paths: Iterable[str], manager: str
) -> dict[str, Any]:
    """The object to apply, its ignored fields left to their owners.

    Args:
        item: What the program asks for.
        live: The object as it is.
        paths: Properties that are ignored.
        manager: Our field manager.
    """
    wanted: dict[str, Any] = copy.deepcopy(dict(item))
    for path in paths:
        keys = _up_to_list(steps(path))
        present = _found(live, keys)
        if not keys or _owned_by_others(live, keys, manager) or present is None:
            _remove(wanted, keys)
        else:
            _set(wanted, keys, present)
    return wanted


def _step(key: str | None, index: str | None, name: str | None) -> str | int:
    if key is not None:
        return str(json.loads(f'"{key}"'))
    if index is not None:
        return int(index) if index.isdigit() else index
    return name or ""


def _up_to_list(keys: list[str | int]) -> list[str]:
    """Ownership inside lists is by keys that a path does not say, so the whole list is left alone."""
    names: list[str] = []
    for key in keys:
        if isinstance(key, int) or key == "*":
            break
        names.append(key)
    return names


def _owned_by_others(live: Mapping[str, Any], keys: list[str], manager: str) -> bool:
    entries = (live.get("metadata") or {}).get("managedFields") or []
    others = (each.get("fieldsV1") or {} for each in entries if each.get("manager") != manager)
    return any(_found(fields, [f"f:{key}" for key in keys]) is not None for fields in others)


def _found(values: Any, keys: Iterable[str]) -> Any:
    for key in keys:
        values = values.get(key) if isinstance(values, Mapping) else None
    return values


def _remove(values: dict[str, Any], keys: list[str]) -> None:
    parent = _found(values, keys[:-1]) if keys else None
    if isinstance(parent, dict):
        parent.pop(keys[-1], None)


def _set(values: dict[str, Any], keys: list[str], present: Any) -> None:
    for key in keys[:-1]:
        values = values.setdefault(key, {})
    values[keys[-1]] = copy.deepcopy(present)
