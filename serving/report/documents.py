"""Reports as plain JSON documents. Figures that are no finite numbers become null, as JSON has none."""

from dataclasses import asdict
from datetime import datetime
from math import isfinite

from serving.gate import GateReport
from serving.release import Release
from serving.shift_outcome import Look, Outcome, explain
from serving.shift_plan import ShiftPlan
from serving.window import Window

SCHEMA_VERSION = 1


def gate_document(report: GateReport, at: datetime) -> dict[str, object]:
    """Write a gate's report as a document."""
    document: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "kind": "gate",
        "at": at.isoformat(timespec="seconds"),
        "model": report.model,
        "passed": report.passed,
        "slot": report.slot,
        "release": _release(report.release),
        "live_slot": report.live_slot,
        "live_release": _release(report.live_release) if report.live_release else None,
        "seconds": round(report.seconds, 3),
        "limits": asdict(report.limits),
        "checks": [asdict(check) for check in report.checks],
        "confusion": asdict(report.confusion) if report.confusion else None,
        "latencies_ms": [round(latency, 3) for latency in report.latencies_ms],
    }
    return {name: _finite(value) for name, value in document.items()}


def shift_document(outcome: Outcome, plan: ShiftPlan, model: str, at: datetime) -> dict[str, object]:
    """Write a shift's report as a document."""
    document: dict[str, object] = {
        "schema_version": SCHEMA_VERSION,
        "kind": "shift",
        "at": at.isoformat(timespec="seconds"),
        "model": model,
        "status": outcome.status,
        "sentence": explain(outcome),
        "live": outcome.live,
        "candidate": outcome.candidate,
        "weights": dict(outcome.weights) if outcome.weights is not None else None,
        "remarks": list(outcome.remarks),
        "verdict": asdict(outcome.verdict),
        "seconds": round(outcome.seconds, 3),
        "plan": asdict(plan),
        "looks": [_look(look) for look in outcome.looks],
    }
    return {name: _finite(value) for name, value in document.items()}


def _release(release: Release) -> dict[str, str]:
    return {"name": release.manifest.name, "version": release.manifest.version, "sha256": release.digest}


def _look(look: Look) -> dict[str, object]:
    return {
        "seconds": round(look.seconds, 3),
        "weights": dict(look.weights),
        "mirrored_percent": look.mirrored_percent,
        "candidate": _window(look.candidate),
        "live": _window(look.live),
        "verdict": asdict(look.verdict),
    }


def _window(window: Window) -> dict[str, object]:
    return {
        "seconds": round(window.seconds, 3),
        "requests": window.requests,
        "errors": window.errors,
        "error_rate": window.error_rate,
        "waiting": window.active,
        "p50_ms": window.p50_ms,
        "p99_ms": window.p99_ms,
        "restarted": window.restarted,
    }


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value
