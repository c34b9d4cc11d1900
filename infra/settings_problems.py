"""Turns what is wrong with a stack file into sentences: where, what was found, what is allowed, what to do.

All problems are found in one pass over the raw values, so that a reader corrects a stack file once.
"""

import difflib
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from components.local.gateway_files import OPERATOR
from infra.settings import DIGEST_PATTERN, NAME_PATTERN, SLOTS, Settings

_SHOWN_VALUE_CHARACTERS = 60
_MISSING = object()
# How pydantic marks that the key is at fault and not what it leads to.
_KEY = "[key]"
_PATTERNS = {
    NAME_PATTERN: "a name has at most 40 of a-z, 0-9, - and _, and starts with a letter",
    DIGEST_PATTERN: "a digest has 64 of 0-9 and a-f",
}
_SHAPES = {
    "dict_type": "it must be a mapping of keys",
    "model_type": "it must be a mapping of keys",
    "tuple_type": "it must be a list",
}


def problems(raw: Mapping[str, Any], stack_file: str) -> list[str]:
    """Return every problem of a stack file's values as a sentence; none when they make valid settings.

    Args:
        raw: The values below `slipway:`, as plain mappings and lists.
        stack_file: The name of the file that the reader has to correct, e.g. `Pulumi.local.yaml`.
    """
    found = dict.fromkeys(_relation_problems(raw, stack_file))
    try:
        Settings.model_validate(raw)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            found |= dict.fromkeys(_sentences(details, raw, stack_file))
    return sorted(found)


def listed(names: Sequence[str]) -> str:
    """Return names as a reader lists them: `a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def suggestion(got: object, known: Sequence[str]) -> str:
    """Return ` (did you mean "x"?)` when a known name is near to what was found, else nothing."""
    near = difflib.get_close_matches(str(got), known, n=1, cutoff=0.6)
    return f' (did you mean "{near[0]}"?)' if near else ""


def _relation_problems(raw: Mapping[str, Any], stack_file: str) -> Iterator[str]:
    models = _mapping(raw.get("models"))
    for name, model in models.items():
        yield from _live_problems(str(name), _mapping(model), stack_file)
    for name, client in _mapping(_mapping(raw.get("gateway")).get("clients")).items():
        if name == OPERATOR:
            yield (
                f"gateway.clients.{name} is the name that gates and shifts call by; choose another name for this "
                f"client in {stack_file}."
            )
        wanted = _mapping(client).get("models")
        for model in wanted if isinstance(wanted, list) else []:
            if model not in models:
                yield (
                    f"gateway.clients.{name}.models names {_shown(model)}, but the models are "
                    f"{listed(sorted(models)) or 'none'}{suggestion(model, list(models))}; correct it in {stack_file}."
                )


def _live_problems(name: str, model: Mapping[str, Any], stack_file: str) -> Iterator[str]:
    live, slots = model.get("live"), _mapping(model.get("slots"))
    configured = [slot for slot in SLOTS if slots.get(slot) is not None]
    if live in SLOTS and live not in configured:
        yield (
            f"models.{name}.live is {_shown(live)}, but that slot has no release (slots with one: "
            f"{listed(configured) or 'none'}); give models.{name}.slots.{live} a release in {stack_file}."
        )


def _sentences(details: ErrorDetails, raw: Mapping[str, Any], stack_file: str) -> list[str]:
    if details["type"] != "value_error":
        return [_sentence(details, raw, stack_file)]
    # These come from the plan of a gate or a shift, which names its own settings: `shift.min_requests is …`.
    where = ".".join(_locate(details["loc"], raw)[0][:-1])
    lines = str(details["ctx"]["error"]).splitlines()
    return [f"{where}.{line} Correct it in {stack_file}." for line in lines]


def _sentence(details: ErrorDetails, raw: Mapping[str, Any], stack_file: str) -> str:
    path, value = _locate(details["loc"], raw)
    found = f"{'.'.join(path) or stack_file} is {_shown(value)}"
    if details["loc"][-1] == _KEY:
        *folder, value = path
        found = f"{'.'.join(folder)} has the key {_shown(value)}"
    kind, context = details["type"], details.get("ctx", {})
    if kind == "missing":
        return f"{'.'.join(path)} is missing; add it in {stack_file}. It is: {_description(path)}"
    if kind == "extra_forbidden":
        known = sorted(_fields_at(path[:-1]))
        return (
            f"{'.'.join(path)} is not a setting{suggestion(path[-1], known)}; known here are {listed(known)}. "
            f"Correct it in {stack_file}."
        )
    if kind == "literal_error":
        allowed = [part.strip(" '") for part in context["expected"].replace(" or ", ",").split(",")]
        return f"{found}, but allowed are {listed(allowed)}{suggestion(value, allowed)}; set it in {stack_file}."
    return f"{found}; {_allowed(details)}. Correct it in {stack_file}."


def _allowed(details: ErrorDetails) -> str:
    if details["type"] == "string_pattern_mismatch":
        return _PATTERNS[details["ctx"]["pattern"]]
    return _SHAPES.get(details["type"]) or _lower_first(details["msg"])


def _locate(loc: tuple[int | str, ...], raw: Any) -> tuple[list[str], Any]:  # noqa: ANN401 - any YAML value
    """Drop from a pydantic location the tags that stand in no stack file, and find the value there."""
    path: list[str] = []
    value = raw
    for position, part in enumerate(part for part in loc if part != _KEY):
        found = _child(value, part)
        if found is _MISSING and not (position == len(loc) - 1 and isinstance(value, Mapping)):
            continue
        path.append(str(part))
        value = found
    return path, value


def _child(value: Any, part: int | str) -> Any:  # noqa: ANN401 - any YAML value
    if isinstance(value, Mapping):
        return value.get(part, _MISSING)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return _MISSING


def _fields_at(path: Sequence[str]) -> dict[str, str]:
    """Return the names of the settings at a path, each with its description."""
    kinds: list[Any] = [Settings]
    for part in path:
        kinds = [inner for kind in kinds for inner in _below(kind, part)]
    return {
        name: field.description or ""
        for kind in kinds
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name, field in kind.model_fields.items()
    }


def _below(kind: Any, part: str) -> list[Any]:  # noqa: ANN401 - a type annotation
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return _alternatives(kind.model_fields[part].annotation) if part in kind.model_fields else []
    arguments = typing.get_args(kind)
    return _alternatives(arguments[-1]) if typing.get_origin(kind) is dict else []


def _alternatives(kind: Any) -> list[Any]:  # noqa: ANN401 - a type annotation
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return [inner for argument in typing.get_args(kind) for inner in _alternatives(argument)]
    if typing.get_origin(kind) is typing.Annotated:
        return _alternatives(typing.get_args(kind)[0])
    return [kind]


def _description(path: Sequence[str]) -> str:
    return _fields_at(path[:-1]).get(path[-1], "")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _shown(value: object) -> str:
    text = "empty" if value is None else f'"{value}"' if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN_VALUE_CHARACTERS else text[:_SHOWN_VALUE_CHARACTERS] + "…"


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
