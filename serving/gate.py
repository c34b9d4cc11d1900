"""The gate: what a release must show, served by the slot that would get the traffic, before it gets any.

Checks run in the order of the table below. What cannot be measured fails: an exception, a silent endpoint or the end
of the time limit is a failed check with a sentence, never a pass. The gate changes nothing, so stopping it leaves
nothing behind.

Run it by hand against any KServe v2 endpoint with `python -m serving.gate`.
"""

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from serving.gate_checks import golden_rows, integrity, latency
from serving.gate_evidence import Check, Confusion, Evidence
from serving.gate_limits import GateLimits
from serving.gate_quality import disagreement, quality
from serving.gate_signature import signature
from serving.pinned_slot import PinnedSlot
from serving.release import Release

__all__ = ["Check", "GateLimits", "GateReport", "PinnedSlot", "explain", "run"]


@dataclass(frozen=True, kw_only=True)
class _Stage:
    name: str
    check: Callable[[Evidence], Iterator[Check]]
    decisive: bool
    """Whether later checks make no sense after a failure."""


STAGES = (
    _Stage(name="integrity", check=integrity, decisive=True),
    _Stage(name="signature", check=signature, decisive=True),
    _Stage(name="golden rows", check=golden_rows, decisive=True),
    _Stage(name="quality", check=quality, decisive=False),
    _Stage(name="disagreement", check=disagreement, decisive=False),
    _Stage(name="latency", check=latency, decisive=False),
)


@dataclass(frozen=True, kw_only=True)
class GateReport:
    """What a gate measured.

    Attributes:
        model: the served name.
        slot: the candidate's slot.
        release: the candidate's release.
        live_slot: the slot it was compared with, if one was live.
        live_release: the release of that slot.
        limits: what it was measured against.
        checks: in the order they ran.
        seconds: how long it took.
        confusion: of two classifiers, where they were compared.
        latencies_ms: of the short load, sorted.
    """

    model: str
    slot: str
    release: Release
    live_slot: str | None
    live_release: Release | None
    limits: GateLimits
    checks: tuple[Check, ...]
    seconds: float
    confusion: Confusion | None = None
    latencies_ms: tuple[float, ...] = ()

    @property
    def passed(self) -> bool:
        """Say whether every check passed, or had nothing to check."""
        return bool(self.checks) and all(check.status in {"passed", "skipped"} for check in self.checks)


def run(
    candidate: PinnedSlot,
    live: PinnedSlot | None,
    limits: GateLimits,
    clock: Callable[[], float] = time.monotonic,
) -> GateReport:
    """Check a slot against its limits.

    Args:
        candidate: the slot that wants traffic.
        live: the slot that has it; None at a first deployment, which then has nothing to be compared with.
        limits: what to keep.
        clock: seconds, monotonic.
    """
    start = clock()
    given_up = threading.Event()
    evidence = Evidence(candidate=candidate, live=live, limits=limits, clock=clock, go_on=lambda: not given_up.is_set())
    found: list[tuple[Check, ...]] = []
    # In a thread of its own, as an endpoint that answers one byte a second outlasts every timeout of a socket.
    worker = threading.Thread(target=_measure, args=(evidence, found), daemon=True)
    worker.start()
    try:
        worker.join(limits.timeout_seconds)
    finally:
        given_up.set()
    done = found[:]
    checks = [check for stage in done for check in stage]
    return GateReport(
        model=candidate.model,
        slot=candidate.slot,
        release=candidate.release,
        live_slot=live.slot if live else None,
        live_release=live.release if live else None,
        limits=limits,
        checks=(*checks, *_rest(len(done), done[-1] if done else (), limits.timeout_seconds)),
        seconds=clock() - start,
        confusion=evidence.confusion,
        latencies_ms=evidence.latencies_ms,
    )


def explain(report: GateReport) -> str:
    """Say how a gate ended: the first check that failed, its figure and its limit."""
    manifest = report.release.manifest
    title = f"gate of {manifest.name} {manifest.version} in {report.slot}"
    failed = _failed(report.checks)
    if report.passed:
        return f"{title} passed {len(report.checks)} checks in {report.seconds:.1f} s."
    more = f" ({len(failed) - 1} more failed)" if failed[1:] else ""
    return f"{title} failed at {failed[0].name}: {failed[0].sentence}{_limit(failed[0])}{more}."


def _limit(check: Check) -> str:
    return "" if check.limit is None else f", limit {check.limit:g}"


def _measure(evidence: Evidence, found: list[tuple[Check, ...]]) -> None:
    for stage in STAGES:
        if not evidence.go_on():
            return
        checks = tuple(_rows(stage, evidence))
        found.append(checks)
        if stage.decisive and _failed(checks):
            return


def _rows(stage: _Stage, evidence: Evidence) -> Iterator[Check]:
    try:
        yield from stage.check(evidence)
    except Exception as error:  # noqa: BLE001 - whatever kept it from being measured, it was not measured
        sentence = f"could not be measured: {error or type(error).__name__}"
        yield Check(name=stage.name, status="failed", sentence=sentence)


def _rest(done: int, last: Sequence[Check], timeout_seconds: float) -> Iterator[Check]:
    """Say of every stage that is not done why, so that a report has a row for everything."""
    missing, failed = STAGES[done:], _failed(last)
    if done and STAGES[done - 1].decisive and failed:
        reason = f"{failed[0].name} failed"
    elif missing:
        reason = f"the time was over during {missing[0].name}"
        sentence = f"no result within the {timeout_seconds:g} s that all checks may take together (timeout_seconds)"
        yield Check(name=missing[0].name, status="failed", sentence=sentence)
        missing = missing[1:]
    for stage in missing:
        yield Check(name=stage.name, status="not run", sentence=f"not run because {reason}")


def _failed(checks: Sequence[Check]) -> list[Check]:
    return [check for check in checks if check.status == "failed"]


if __name__ == "__main__":
    from serving.gate_command import main

    sys.exit(main())
