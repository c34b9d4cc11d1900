"""What the settings offer at a place of a stack file: names and descriptions, of the alternative that is meant.

Sections are pydantic models or plain dataclasses; where there are several for one place, `kind` says which.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel

_ARGUMENT = re.compile(r"^ {8}(\w+): (.+?)(?=\n {8}\w+: |\n\n|\n {4}\S|\Z)", re.MULTILINE | re.DOTALL)


def fields_at(settings: type[BaseModel], path: Sequence[str], raw: Any) -> dict[str, str]:  # noqa: ANN401 - YAML
    """Return the names of the settings at a path, each with its description.

    Args:
        settings: The shape of the whole stack file.
        path: The keys that lead to the place.
        raw: The stack file's values, which choose between alternatives.
    """
    kinds: list[Any] = [settings]
    for part in path:
        raw = raw.get(part) if isinstance(raw, Mapping) else None
        kinds = [inner for kind in kinds for inner in _below(kind, part) if _is_meant(inner, raw)]
    return {name: description for kind in kinds for name, description in _described(kind)}


def _described(kind: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - a type annotation
    if _is_model(kind):
        yield from ((name, field.description or "") for name, field in kind.model_fields.items())
    elif dataclasses.is_dataclass(kind):
        said = {name: " ".join(text.split()) for name, text in _ARGUMENT.findall(kind.__doc__ or "")}
        yield from ((field.name, said.get(field.name, "")) for field in dataclasses.fields(kind))


def _below(kind: Any, part: str) -> list[Any]:  # noqa: ANN401 - a type annotation
    if _is_model(kind) or dataclasses.is_dataclass(kind):
        return _alternatives(_types(kind).get(part))
    arguments = typing.get_args(kind)
    return _alternatives(arguments[-1]) if typing.get_origin(kind) in (dict, Mapping) else []


def _types(kind: Any) -> dict[str, Any]:  # noqa: ANN401 - a type annotation
    if _is_model(kind):
        return {name: field.annotation for name, field in kind.model_fields.items()}
    return typing.get_type_hints(kind)


def _alternatives(kind: Any) -> list[Any]:  # noqa: ANN401 - a type annotation
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [inner for argument in typing.get_args(kind) for inner in _alternatives(argument)]
    if typing.get_origin(kind) is typing.Annotated:
        return _alternatives(typing.get_args(kind)[0])
    return [kind]


def _is_meant(kind: Any, value: Any) -> bool:  # noqa: ANN401 - a type annotation, any YAML value
    """Tell whether an alternative is the one that a value's own `kind` names."""
    if not (isinstance(value, Mapping) and "kind" in value) or not (_is_model(kind) or dataclasses.is_dataclass(kind)):
        return True
    named = _types(kind).get("kind")
    return typing.get_origin(named) is not Literal or value["kind"] in typing.get_args(named)


def _is_model(kind: Any) -> bool:  # noqa: ANN401 - a type annotation
    return isinstance(kind, type) and issubclass(kind, BaseModel)
