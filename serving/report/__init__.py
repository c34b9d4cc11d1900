"""Reports of gates and shifts: a JSON file for programs and one HTML page for people, side by side."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from serving.gate import GateReport
from serving.report.documents import gate_document, shift_document
from serving.report.gate_page import gate_page
from serving.report.shift_page import shift_page
from serving.shift_outcome import Outcome
from serving.shift_plan import ShiftPlan

__all__ = ["write_gate_report", "write_shift_report"]


def write_gate_report(report: GateReport, directory: Path, at: datetime | None = None) -> Path:
    """Write a gate's report; one per model and release, so that a later gate of the same release replaces it.

    Args:
        report: what was measured.
        directory: where to; made if it does not exist.
        at: the time to name; now by default.

    Returns:
        The HTML page; the JSON document has the same name with `.json`.
    """
    when = at or datetime.now(UTC)
    document = gate_document(report, when)
    return _write(directory, f"gate-{report.model}-{report.release.digest[:12]}", document, gate_page(report, when))


def write_shift_report(
    outcome: Outcome, plan: ShiftPlan, directory: Path, *, model: str, at: datetime | None = None
) -> Path:
    """Write a shift's report; one per shift.

    Args:
        outcome: how it ended.
        plan: what it was to keep.
        directory: where to; made if it does not exist.
        model: the served name.
        at: the time to name; now by default.

    Returns:
        The HTML page; the JSON document has the same name with `.json`.
    """
    when = at or datetime.now(UTC)
    name = f"shift-{model}-{when:%Y%m%dT%H%M%SZ}-to-{outcome.candidate}"
    document = shift_document(outcome, plan, model, when)
    return _write(directory, name, document, shift_page(outcome, plan, model, when))


def _write(directory: Path, name: str, document: dict[str, Any], page: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    _replace(directory / f"{name}.json", json.dumps(document, indent=2, allow_nan=False) + "\n")
    return _replace(directory / f"{name}.html", page)


def _replace(path: Path, content: str) -> Path:
    """Write a file so that a reader sees the old one or the new one, never half of one."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(content, encoding="utf-8")
    return draft.replace(path)
