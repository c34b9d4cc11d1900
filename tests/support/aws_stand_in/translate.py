"""Pulumi properties to botocore requests, by the shapes of the service model.

Names are compared without case, underscores and plural endings. Nothing is dropped in silence: a key that matches no
member of the request is an error, so a misspelt or forgotten property cannot pass as done.
"""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape

from tests.support.stand_in.wire import SIGNATURE

_TAG_MEMBERS = {frozenset({"key", "value"}), frozenset({"tagkey", "tagvalue"}), frozenset({"name", "value"})}


class StandInError(Exception):
    """The stand-in cannot carry this; its table needs a line."""


def normal(name: str) -> str:
    """A name for comparing: `sseAlgorithm`, `SSEAlgorithm` and `sse_algorithm` are one."""
    return name.replace("_", "").replace("-", "").lower()


def _endings(name: str) -> list[str]:
    plain = normal(name)
    endings = [plain, plain + "s", plain.removesuffix("s"), plain.removesuffix("es")]
    return [*endings, plain.removesuffix("ies") + "y", plain.removesuffix("y") + "ies"]


def member_of(shape: StructureShape, name: str, names: Mapping[str, str]) -> str | None:
    """The member of a structure that a property means, or None."""
    if name in names and names[name] in shape.members:
        return names[name]
    members = {normal(member): member for member in shape.members}
    return next((members[ending] for ending in _endings(name) if ending in members), None)


def value(shape: Shape, given: Any, where: str, names: Mapping[str, str]) -> Any:
    """One property value in the form that a request member wants.

    Raises:
        StandInError: A key without a member, or a value that the service model does not allow.
    """
    if isinstance(shape, StructureShape):
        return _structure(shape, given, where, names)
    if isinstance(shape, ListShape):
        return _list(shape, given, where, names)
    if isinstance(shape, MapShape):
        return {key: value(shape.value, item, f"{where}.{key}", names) for key, item in given.items()}
    return _scalar(shape, given, where)


def _structure(shape: StructureShape, given: Any, where: str, names: Mapping[str, str]) -> dict[str, Any] | None:
    if isinstance(given, list):
        if {"Items", "Quantity"} <= set(shape.members):
            return {"Quantity": len(given), "Items": value(shape.members["Items"], given, where, names)}
        if len(given) > 1:
            raise StandInError(f"{where} has {len(given)} blocks, but the request takes one")
        given = given[0] if given else None
    if given is None:
        return None
    request = {}
    for key, item in given.items():
        member = member_of(shape, key, names)
        if item is None or key.startswith("__"):
            continue
        if member is None:
            raise StandInError(f"{where}.{key} has no member in {shape.name}: {', '.join(sorted(shape.members))}")
        request[member] = value(shape.members[member], item, f"{where}.{key}", names)
    return {member: item for member, item in request.items() if item is not None}


def _list(shape: ListShape, given: Any, where: str, names: Mapping[str, str]) -> list[Any]:
    if isinstance(given, dict) and isinstance(shape.member, StructureShape) and _is_tag(shape.member):
        key, item = sorted(shape.member.members, key=lambda member: normal(member).endswith("value"))
        return [{key: name, item: str(text)} for name, text in given.items()]
    items = given if isinstance(given, list) else [given]
    return [value(shape.member, item, f"{where}[{index}]", names) for index, item in enumerate(items)]


def _is_tag(shape: StructureShape) -> bool:
    return frozenset(map(normal, shape.members)) in _TAG_MEMBERS


def _scalar(shape: Shape, given: Any, where: str) -> Any:
    convert = _CONVERSIONS.get(shape.type_name, str)
    converted = convert(given)
    if isinstance(shape, StringShape):
        _check_text(shape, converted, where)
    return converted


def _check_text(shape: StringShape, text: str, where: str) -> None:
    """Hold text to what botocore knows of it and does not check: allowed words and length."""
    if shape.enum and text not in shape.enum:
        raise StandInError(f'{where} is "{text}"; {shape.name} allows {", ".join(shape.enum)}')
    limit = shape.metadata.get("max")
    if limit and len(text) > limit:
        raise StandInError(f'{where} is "{text[:60]}…" with {len(text)} characters; {shape.name} takes {limit}')


def _text(given: Any) -> str:
    if isinstance(given, bool):
        return str(given).lower()
    return json.dumps(given) if isinstance(given, dict | list) else str(given)


def _blob(given: Any) -> bytes:
    if isinstance(given, dict) and SIGNATURE in given:
        return Path(given["path"]).read_bytes() if given.get("path") else str(given.get("text", "")).encode()
    return _text(given).encode()


def _boolean(given: Any) -> bool:
    return given if isinstance(given, bool) else re.fullmatch(r"(?i)true|enabled", str(given)) is not None


_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = {
    "boolean": _boolean,
    "integer": lambda given: int(float(given)),
    "long": lambda given: int(float(given)),
    "float": float,
    "double": float,
    "string": _text,
    "blob": _blob,
    "timestamp": str,
}
