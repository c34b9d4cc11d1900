"""What goes into the engine's state of an object, and what comes out of it."""

from collections.abc import Mapping
from typing import Any

from tests.support.kubernetes_stand_in.object_names import Token
from tests.support.kubernetes_stand_in.rows import row_of
from tests.support.stand_in.wire import UNKNOWN, secret


def asked_for(token: Token, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The object that a program's inputs describe, with its kind; without nulls, status and the provider's notes."""
    given = {name: value for name, value in inputs.items() if name != "status" and not name.startswith("__")}
    plain: dict[str, Any] = _without_nulls(given)
    return {"apiVersion": token.api_version, "kind": token.kind, **plain, "metadata": _metadata(plain.get("metadata"))}


def inputs_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs as the state keeps them, what is secret marked as such."""
    return {**item, **{name: secret(item[name]) for name in row_of(item).secret if name in item}}


def outputs_of(live: Mapping[str, Any], manager: str) -> dict[str, Any]:
    """An object as the state keeps it."""
    metadata = {name: value for name, value in live["metadata"].items() if name != "managedFields"}
    notes = {"__fieldManager": manager, "__initialApiVersion": live.get("apiVersion", "")}
    return {**inputs_of(live), "metadata": metadata, **notes}


def planned_outputs(item: Mapping[str, Any]) -> dict[str, Any]:
    """What a preview knows of an object that does not exist: what is asked for, and that the rest comes later."""
    planned = {**inputs_of(item), "status": UNKNOWN}
    for path in row_of(item).later:
        top, name = path.split(".")
        planned[top] = {name: UNKNOWN, **(planned.get(top) or {})}
    return planned


def _metadata(given: Any) -> dict[str, Any]:
    """Metadata as a mapping, whatever of it a preview does not know."""
    if given == UNKNOWN:
        return {"name": UNKNOWN}
    return {name: value for name, value in (given or {}).items() if (name, value) != ("annotations", UNKNOWN)}


def _without_nulls(item: Any) -> Any:
    if isinstance(item, dict):
        return {name: _without_nulls(value) for name, value in item.items() if value is not None}
    if isinstance(item, list):
        return [_without_nulls(value) for value in item]
    return item
