"""What somebody changed in an object since the program applied it."""

from collections.abc import Mapping
from typing import Any

_OURS = ("managedFields", "resourceVersion", "generation")
_SERVERS = (*_OURS, "uid", "creationTimestamp", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds")


def settled(item: Mapping[str, Any]) -> dict[str, Any]:
    """An object without what each request to the server changes."""
    metadata = {name: value for name, value in item["metadata"].items() if name not in _OURS}
    return {**{name: value for name, value in item.items() if name != "status"}, "metadata": metadata}


def importable(item: Mapping[str, Any]) -> dict[str, Any]:
    """An object as a program would write it: without what only the server sets."""
    metadata = {name: value for name, value in item["metadata"].items() if name not in _SERVERS}
    return {**{name: value for name, value in item.items() if name != "status"}, "metadata": metadata}


def as_asked(live: Any, inputs: Any) -> Any:
    """The live values of what the inputs name; lists of another length as they are now."""
    if isinstance(inputs, Mapping) and isinstance(live, Mapping):
        return {name: as_asked(live[name], value) for name, value in inputs.items() if name in live}
    if isinstance(inputs, list) and isinstance(live, list) and len(inputs) == len(live):
        return [as_asked(there, asked) for there, asked in zip(live, inputs, strict=True)]
    return live
