"""How a rule reads an IAM document: its statements, and the parts of one as lists."""

import json
from collections.abc import Iterator

from mechanics.facts import Value

Statement = dict[str, Value]


def statements(document: Value) -> list[Statement]:
    """Return the statements of a document, given as JSON text or as a mapping; none where there is no document."""
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            return []
    found = document.get("Statement") if isinstance(document, dict) else None
    return [each for each in listed(found) if isinstance(each, dict)]


def allowing(document: Value) -> Iterator[Statement]:
    """Yield the statements that allow something."""
    return (each for each in statements(document) if each.get("Effect") == "Allow")


def listed(value: Value) -> list[Value]:
    """Return a value that may stand alone or in a list, as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def principals(statement: Statement) -> list[str]:
    """Return who a statement speaks of: ARNs, services, identity providers, or `*`."""
    who = statement.get("Principal")
    return [str(each) for part in (who.values() if isinstance(who, dict) else [who]) for each in listed(part)]


def conditions(statement: Statement, operator: str) -> dict[str, list[Value]]:
    """Return the keys that one operator of a statement compares, with their values."""
    found = statement.get("Condition")
    compared = found.get(operator) if isinstance(found, dict) else None
    return {str(key): listed(value) for key, value in compared.items()} if isinstance(compared, dict) else {}
