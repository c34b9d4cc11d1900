"""Decides what IAM documents allow: a small evaluator for tests, because moto simulates no policies.

It knows identity policies, a boundary and the condition operators that our documents use; any other raises, so that a
case cannot pass by being misread. Source: the policy evaluation logic of the IAM user guide.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Context = Mapping[str, str]
Document = Mapping[str, Any]
_PARTS = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition", "Principal"}


def may(
    documents: Iterable[Document | str],
    action: str,
    resource: str,
    context: Context | None = None,
    *,
    boundary: Document | str | None = None,
) -> bool:
    """Say whether the documents allow an action: some statement allows it, none denies it, the boundary permits it."""
    plain = [_plain(document) for document in documents]
    limits = [[_plain(boundary)]] if boundary is not None else []
    return all(_decides(part, action, resource, context or {}) for part in [plain, *limits])


def _plain(document: Document | str) -> Document:
    return json.loads(document) if isinstance(document, str) else document


def _decides(documents: Iterable[Document], action: str, resource: str, context: Context) -> bool:
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _listed(document["Statement"])
        if _matches(statement, action, resource, context)
    }
    return effects == {"Allow"}


def _listed(item: Any) -> list[Any]:
    return item if isinstance(item, list) else [item]


def _matches(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    if unknown := statement.keys() - _PARTS:
        raise NotImplementedError(f"statements with {', '.join(sorted(unknown))}")
    named = any(_like(pattern.lower(), action.lower()) for pattern in _listed(statement.get("Action", [])))
    if "NotAction" in statement:
        named = not any(_like(pattern.lower(), action.lower()) for pattern in _listed(statement["NotAction"]))
    known = {key.lower(): value for key, value in context.items()}
    key = "NotResource" if "NotResource" in statement else "Resource"
    listed = any(_like(_filled(pattern, known), resource) for pattern in _listed(statement[key]))
    covered = listed is (key == "Resource")
    return named and covered and _holds(statement.get("Condition", {}), known)


def _like(pattern: str, text: str) -> bool:
    """IAM's wildcards: `*` for any text, `?` for one character."""
    pieces = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(pieces, text) is not None


def _filled(text: str, known: Context) -> str:
    """Put the request's values in place of `${key, 'otherwise'}`."""
    return re.sub(r"\$\{([^,}]+), '([^']*)'\}", lambda found: known.get(found[1].lower(), found[2]), text)


def _holds(conditions: Mapping[str, Mapping[str, Any]], known: Context) -> bool:
    return all(
        _OPERATORS[_known(operator)](known.get(key.lower()), [_filled(str(each), known) for each in _listed(wanted)])
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _known(operator: str) -> str:
    if operator not in _OPERATORS:
        raise NotImplementedError(f"condition operator {operator}")
    return operator


def _equals(given: str | None, wanted: list[str]) -> bool:
    return given is not None and given in wanted


def _alike(given: str | None, wanted: list[str]) -> bool:
    return given is not None and any(_like(pattern, given) for pattern in wanted)


_OPERATORS: Mapping[str, Callable[[str | None, list[str]], bool]] = {
    "StringEquals": _equals,
    # One value per key in our cases, so "for all" is "equal or absent".
    "ForAllValues:StringEquals": lambda given, wanted: given is None or given in wanted,
    "StringLike": _alike,
    "ArnEquals": _alike,
    "ArnLike": _alike,
    "Bool": _equals,
    # Negated operators hold when the key is absent.
    "StringNotEquals": lambda given, wanted: not _equals(given, wanted),
    "StringNotEqualsIfExists": lambda given, wanted: given is None or given not in wanted,
    "StringNotLike": lambda given, wanted: not _alike(given, wanted),
    "ArnNotEquals": lambda given, wanted: not _alike(given, wanted),
    "ArnNotLike": lambda given, wanted: not _alike(given, wanted),
    "Null": lambda given, wanted: (given is None) == (wanted == ["true"]),
}
