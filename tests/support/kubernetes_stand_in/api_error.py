"""What the API server refuses, in sentences that say what to do."""

import json
import re
from dataclasses import dataclass
from typing import Any

_UNKNOWN_FIELD = re.compile(r'(?:unknown|duplicate) field "([^"]+)"')
_TYPED = "failed to create typed patch object"
"""How server-side apply refuses what does not fit the schema: with status 500 and without causes."""
_TYPED_FAULT = re.compile(r"(?:^|: )\s*\.(\S+): (.+)$", re.MULTILINE)
_UNDECLARED = "field not declared in schema"
_MANAGER = re.compile(r'conflict with "([^"]+)"')
_UNPROCESSABLE = 422
_CONFLICT = 409
_BAD_REQUEST = 400
NOT_FOUND = 404


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an object.

    Args:
        property: Path of the property, empty when the whole object is meant.
        reason: What the API server says of it.
    """

    property: str
    reason: str


class ApiError(Exception):
    """An answer that is no success.

    Args:
        status: HTTP status; 0 when nobody answered.
        message: What the server said.
        causes: `details.causes` of its answer.
    """

    def __init__(self, status: int, message: str, causes: tuple[dict[str, Any], ...] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.causes = causes

    @classmethod
    def from_answer(cls, status: int, body: str) -> "ApiError":
        """Read a `Status` object, or take the text as it is."""
        try:
            answer = json.loads(body)
        except ValueError:
            answer = {}
        if not isinstance(answer, dict) or "message" not in answer:
            return cls(status, body.strip() or f"HTTP {status}")
        causes = (answer.get("details") or {}).get("causes") or []
        return cls(status, answer["message"], tuple(causes))

    @property
    def gone(self) -> bool:
        """Whether the thing, its namespace or its kind does not exist."""
        return self.status == NOT_FOUND

    @property
    def wrong_object(self) -> bool:
        """Whether the object itself is what the server objects to."""
        return self.status in (_BAD_REQUEST, _CONFLICT, _UNPROCESSABLE) or self.message.startswith(_TYPED)

    @property
    def invalid(self) -> bool:
        """Whether a value is not allowed, or may not change."""
        return self.status == _UNPROCESSABLE

    def faults(self) -> list[Fault]:
        """Every single thing that is wrong, each with its property."""
        owners = self._owners()
        if owners:
            return [Fault(field, _owned(field, owners[field])) for field in sorted(owners)]
        if self.message.startswith(_TYPED):
            return [_mistyped(*found) for found in _TYPED_FAULT.findall(self.message)] or [Fault("", self.message)]
        if fields := _UNKNOWN_FIELD.findall(self.message):
            return [_mistyped(field, _UNDECLARED) for field in fields]
        found = [Fault(cause.get("field", ""), cause.get("message", self.message)) for cause in self.causes]
        return found or [Fault("", self.message)]

    def sentence(self) -> str:
        """All of it in one message."""
        owners = self._owners()
        return "; ".join(_owned(field, owners[field]) for field in sorted(owners)) if owners else self.message

    def _owners(self) -> dict[str, str]:
        conflicts = [cause for cause in self.causes if cause.get("reason") == "FieldManagerConflict"]
        owners = {}
        for cause in conflicts:
            match = _MANAGER.search(cause.get("message", ""))
            owners[cause.get("field", "").removeprefix(".")] = match[1] if match else cause.get("message", "")
        return owners


def _mistyped(field: str, reason: str) -> Fault:
    known = f"{field} is no field of this kind; correct it or take it out"
    return Fault(field, known if reason == _UNDECLARED else f"{field}: {reason}")


def _owned(field: str, manager: str) -> str:
    return (
        f'{field} belongs to the field manager "{manager}"; leave it out of the program, or set the annotation '
        'pulumi.com/patchForce: "true" to take it over'
    )
