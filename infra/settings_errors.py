"""What pydantic found, brought back to the stack file: the place that a reader knows, and one alternative of many.

Where a place may hold one of several sections, pydantic tells what is wrong with each of them. The reader named one by
its `kind`, and is told about that one only.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]
MISSING = object()
# How pydantic marks that the key is at fault and not what it leads to.
KEY = "[key]"


def located(loc: Location, raw: Any) -> tuple[list[str], Any]:  # noqa: ANN401 - any YAML value
    """Drop from a pydantic location the tags that stand in no stack file, and find the value there."""
    path: list[str] = []
    value = raw
    for position, part in enumerate(part for part in loc if part != KEY):
        found = _child(value, part)
        if found is MISSING and not (position == len(loc) - 1 and isinstance(value, Mapping)):
            continue
        path.append(str(part))
        value = found
    return path, value


def narrowed(errors: Sequence[ErrorDetails], raw: Any) -> list[ErrorDetails]:  # noqa: ANN401 - any YAML value
    """Leave out what is only wrong with alternatives that the reader did not mean."""
    errors = [each for each in errors if not _is_beside_a_mapping(each, raw) and not _is_beside_a_word(each, errors)]
    wrong = {each["loc"][:-1]: each for each in errors if _names_another_kind(each, raw)}
    kept = [each for each in errors if not _is_below(each["loc"], wrong)]
    told = {each["loc"][: len(branch) - 1] for each in kept for branch in wrong}
    unions = {branch[:-1] for branch in wrong if branch[:-1] not in told and not _is_below(branch[:-1], wrong)}
    return kept + [_unknown_kind(union, [wrong[each] for each in wrong if each[:-1] == union]) for union in unions]


def _is_below(loc: Location, branches: Mapping[Location, ErrorDetails]) -> bool:
    return any(loc[: len(branch)] == branch for branch in branches)


def _names_another_kind(error: ErrorDetails, raw: Any) -> bool:  # noqa: ANN401 - any YAML value
    *branch, last = error["loc"]
    is_tag = bool(branch) and _child(located(tuple(branch[:-1]), raw)[1], branch[-1]) is MISSING
    return last == "kind" and error["type"] == "literal_error" and is_tag


def _unknown_kind(union: Location, errors: Sequence[ErrorDetails]) -> ErrorDetails:
    expected = ", ".join(each["ctx"]["expected"] for each in errors)
    return {**errors[0], "loc": (*union, "kind"), "ctx": {"expected": expected}}


def _is_beside_a_mapping(error: ErrorDetails, raw: Any) -> bool:  # noqa: ANN401 - any YAML value
    """A word was possible too, but the reader wrote a section."""
    return _is_word(error) and isinstance(located(error["loc"][:-1], raw)[1], Mapping)


def _is_beside_a_word(error: ErrorDetails, errors: Sequence[ErrorDetails]) -> bool:
    """A section was possible too, but the reader wrote a word."""
    words = {each["loc"][:-1] for each in errors if _is_word(each)}
    return error["type"] == "dataclass_type" and error["loc"][:-1] in words


def _is_word(error: ErrorDetails) -> bool:
    return error["type"] == "literal_error" and str(error["loc"][-1]).startswith("literal[")


def _child(value: Any, part: int | str) -> Any:  # noqa: ANN401 - any YAML value
    if isinstance(value, Mapping):
        return value.get(part, MISSING)
    if isinstance(value, list) and isinstance(part, int) and part < len(value):
        return value[part]
    return MISSING
