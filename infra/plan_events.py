"""A preview as data: what would be made, below what, and what the policies say of it.

Reads the engine's event stream, one JSON object per line (`pulumi preview --json` with
`PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true`), because the plain JSON report leaves policy findings out.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

_SHOWN = frozenset({"create", "update", "replace", "delete", "create-replacement", "delete-replaced", "import"})
_ROOT = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One step of the plan.

    Args:
        operation: `create`, `update`, `replace`, …; an unchanged resource is `same`.
        parent: URN of the component that it belongs to.
    """

    urn: str
    type: str
    operation: str
    parent: str

    @property
    def name(self) -> str:
        """The logical name."""
        return self.urn.rsplit("::", 1)[-1]

    @property
    def kind(self) -> str:
        """The last part of the type, such as `Subnet`."""
        return self.type.rsplit(":", 1)[-1]

    @property
    def service(self) -> str:
        """The cloud service, such as `ec2`; empty for components and providers."""
        package, _, rest = self.type.partition(":")
        return rest.partition("/")[0] if package == "aws" else ""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one policy says about one resource."""

    rule: str
    level: str
    where: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A whole preview.

    Args:
        errors: What the engine or the program said went wrong.
    """

    resources: tuple[Planned, ...]
    findings: tuple[Finding, ...]
    errors: tuple[str, ...]

    @property
    def acceptable(self) -> bool:
        """Whether an `up` would be let through."""
        return not self.errors and all(finding.level != "mandatory" for finding in self.findings)


def read_plan(lines: Iterable[str]) -> Plan:
    """Read a preview from the engine's events; lines that are no events are left out."""
    resources: dict[str, Planned] = {}
    findings: list[Finding] = []
    errors: list[str] = []
    for event in _events(lines):
        if "resourcePreEvent" in event:
            planned = _planned(event["resourcePreEvent"]["metadata"])
            resources[planned.urn] = planned
        elif "policyEvent" in event:
            findings.append(_finding(event["policyEvent"]))
        elif event.get("diagnosticEvent", {}).get("severity") == "error":
            errors.append(event["diagnosticEvent"]["message"].strip())
    return Plan(resources=tuple(resources.values()), findings=tuple(findings), errors=tuple(dict.fromkeys(errors)))


def changed(plan: Plan) -> tuple[Planned, ...]:
    """The resources that something would happen to, the stack itself and providers left out."""
    return tuple(
        each
        for each in plan.resources
        if each.operation in _SHOWN and each.type != _ROOT and not each.type.startswith("pulumi:providers:")
    )


def _events(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if line.startswith('{"sequence"'):
            yield json.loads(line)


def _planned(metadata: dict[str, Any]) -> Planned:
    state = metadata.get("new") or metadata.get("old") or {}
    return Planned(urn=metadata["urn"], type=metadata["type"], operation=metadata["op"], parent=state.get("parent", ""))


def _finding(event: dict[str, Any]) -> Finding:
    return Finding(
        rule=event["policyName"],
        level=event["enforcementLevel"],
        where=event.get("resourceUrn", "").rsplit("::", 1)[-1],
        # The first line repeats the rule's description.
        message=event["message"].strip().partition("\n")[2].strip() or event["message"].strip(),
    )
