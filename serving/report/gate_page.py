"""The page of one gate: what was checked, and pictures of what lies behind the figures."""

from collections.abc import Iterator
from datetime import datetime

from serving.gate import GateReport, explain
from serving.gate_evidence import Confusion
from serving.release import Release
from serving.report.gate_charts import confusion_chart, latency_chart
from serving.report.page import BAD, GOOD, NEUTRAL, Markup, number, page, pill, section, table

TONES = {"passed": GOOD, "failed": BAD, "skipped": NEUTRAL, "not run": NEUTRAL}
MOST_PAIRS = 8


def gate_page(report: GateReport, at: datetime) -> str:
    """Write the HTML page of a gate."""
    compared = f", compared with {_named(report.live_release)} in {report.live_slot}" if report.live_release else ""
    return page(
        f"Gate of {_named(report.release)} in {report.slot}",
        "passed" if report.passed else "failed",
        GOOD if report.passed else BAD,
        lines=[explain(report), f"Served as {report.model}{compared}."],
        sections=_sections(report),
        at=at,
    )


def _named(release: Release) -> str:
    return f"{release.manifest.name} {release.manifest.version} ({release.digest[:12]})"


def _sections(report: GateReport) -> Iterator[Markup]:
    head = ["check", "result", "figure", "limit", "what was found"]
    rows = (
        (check.name, pill(check.status, TONES[check.status]), number(check.figure), number(check.limit), check.sentence)
        for check in report.checks
    )
    yield section("Checks", table(head, rows, numeric=["figure", "limit"]))
    if report.latencies_ms:
        note = f"{len(report.latencies_ms)} answers, {report.limits.load_concurrency} requests at a time."
        yield section("Latency under load", latency_chart(report.latencies_ms, report.limits.max_p99_ms), note)
    if report.confusion and report.live_slot:
        chart = confusion_chart(report.confusion, report.live_slot, report.slot)
        yield section("Agreement with the live slot", Markup(chart + _pairs(report.confusion, report.slot)))


def _pairs(confusion: Confusion, candidate: str) -> Markup:
    pairs = sorted(
        (
            (count, live, own)
            for live, counts in zip(confusion.labels, confusion.counts, strict=True)
            for own, count in zip(confusion.labels, counts, strict=True)
            if count and live != own
        ),
        key=lambda pair: -pair[0],
    )
    if not pairs:
        return Markup('<p class="soft">Both slots give the same class to every row.</p>')
    rows = [(live, own, count) for count, live, own in pairs[:MOST_PAIRS]]
    return table(["live slot says", f"{candidate} says", "rows"], rows, numeric=["rows"])
