"""What a program says to the provider on an object: the `pulumi.com/` annotations."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from jsonpath_ng.exceptions import JSONPathError
from jsonpath_ng.ext.parser import parse

from tests.support.kubernetes_stand_in.verdict import Verdict, condition

_PREFIX = "pulumi.com/"
AUTONAMED = f"{_PREFIX}autonamed"
_WAIT_FOR = re.compile(r"(condition|jsonpath)=(\{.*\}|[^=]+)(?:=(.*))?", re.DOTALL)
_PROPAGATION = {"background": "Background", "orphan": "Orphan"}


@dataclass(frozen=True)
class Wish:
    """One expression of `pulumi.com/waitFor`.

    Args:
        text: As the program wrote it.
        holds: Whether an object meets it.
    """

    text: str
    holds: Callable[[Mapping[str, Any]], bool]


class WaitForError(ValueError):
    """A `pulumi.com/waitFor` that cannot be understood."""


def annotation(item: Mapping[str, Any], name: str) -> str:
    """The value of `pulumi.com/NAME`, or an empty text."""
    annotations = (item.get("metadata") or {}).get("annotations") or {}
    return str(annotations.get(f"{_PREFIX}{name}") or "")


def is_true(item: Mapping[str, Any], name: str) -> bool:
    """Whether `pulumi.com/NAME` is "true"."""
    return annotation(item, name).lower() == "true"


def propagation_policy(item: Mapping[str, Any]) -> str:
    """How dependents go with an object; foreground unless the program says otherwise, as pulumi-kubernetes does."""
    return _PROPAGATION.get(annotation(item, "deletionPropagationPolicy").lower(), "Foreground")


def timeout_seconds(item: Mapping[str, Any], custom: float, default: float) -> float:
    """How long to wait: `customTimeouts` first, then the annotation, then the kind's own time."""
    said = annotation(item, "timeoutSeconds")
    return custom or (float(said) if said.isdigit() else default)


def wishes(item: Mapping[str, Any]) -> list[Wish]:
    """The expressions of `pulumi.com/waitFor`: one, or a JSON list of which all must hold.

    Raises:
        WaitForError: One of them is neither a condition nor a JSONPath.
    """
    said = annotation(item, "waitFor")
    try:
        listed = json.loads(said)
    except ValueError:
        listed = [said] if said else []
    return [_wish(str(text)) for text in (listed if isinstance(listed, list) else [said])]


def fulfilled(item: Mapping[str, Any], wanted: list[Wish]) -> Verdict:
    """What an object says to the wishes."""
    missing = [wish.text for wish in wanted if not wish.holds(item)]
    return Verdict(waiting=f"for {' and '.join(missing)}") if missing else Verdict(done=True)


def _wish(text: str) -> Wish:
    match = _WAIT_FOR.fullmatch(text)
    if not match:
        raise WaitForError(
            f'pulumi.com/waitFor is "{text}"; it takes condition=TYPE[=STATUS] or jsonpath={{PATH}}[=VALUE]'
        )
    kind, subject, value = match[1], match[2], match[3]
    if kind == "condition":
        return Wish(text, lambda item: condition(item, subject).get("status") == (value or "True"))
    try:
        path = parse("$" + subject.strip("{}"))
    except JSONPathError as error:
        raise WaitForError(f'pulumi.com/waitFor is "{text}"; its JSONPath is wrong: {error}') from None
    return Wish(text, lambda item: _matches([found.value for found in path.find(item)], value))


def _matches(found: list[Any], wanted: str | None) -> bool:
    if wanted is None:
        return bool(found)
    return any((each if isinstance(each, str) else json.dumps(each)) == wanted for each in found)
