"""IAM policy documents as plain dictionaries: one statement per call, serialised always in the same order."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

Statement = dict[str, Any]
Conditions = Mapping[str, Mapping[str, str | list[str]]]

VERSION = "2012-10-17"


def allow(
    sid: str, actions: Iterable[str], resources: Iterable[str] | str, conditions: Conditions | None = None
) -> Statement:
    """Return a statement that allows actions on resources."""
    return _statement("Allow", sid, actions, resources, conditions)


def deny(
    sid: str, actions: Iterable[str], resources: Iterable[str] | str, conditions: Conditions | None = None
) -> Statement:
    """Return a statement that denies actions on resources, whatever else allows them."""
    return _statement("Deny", sid, actions, resources, conditions)


def for_principal(statement: Statement, kind: str, *principals: str) -> Statement:
    """Return the statement of a resource policy: the same, for these principals.

    Args:
        statement: What `allow` or `deny` returned.
        kind: `AWS`, `Service` or `Federated`.
        principals: ARNs or service names.
    """
    return {**statement, "Principal": {kind: sorted(principals)}}


def elsewhere(statement: Statement) -> Statement:
    """Return a denial that meets every resource but those it names; an allowance of that kind is refused."""
    if statement["Effect"] != "Deny":
        raise ValueError(f"{statement['Sid']} would allow whatever it does not name")
    return {"NotResource" if key == "Resource" else key: value for key, value in statement.items()}


def for_anyone(statement: Statement) -> Statement:
    """Return a denial that meets every principal; an allowance for anyone is refused."""
    if statement["Effect"] != "Deny":
        raise ValueError(f"{statement['Sid']} would allow anyone")
    return {**statement, "Principal": "*"}


def document(statements: Iterable[Statement]) -> str:
    """Return the JSON of a policy; equal statements give equal text, so a diff means a change."""
    return json.dumps({"Version": VERSION, "Statement": list(statements)}, sort_keys=True)


def _statement(
    effect: str, sid: str, actions: Iterable[str], resources: Iterable[str] | str, conditions: Conditions | None
) -> Statement:
    body: Statement = {
        "Sid": sid,
        "Effect": effect,
        "Action": sorted(actions),
        "Resource": [resources] if isinstance(resources, str) else list(resources),
    }
    if conditions:
        body["Condition"] = {operator: dict(keys) for operator, keys in conditions.items()}
    return body
