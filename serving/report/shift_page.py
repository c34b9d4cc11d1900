"""The page of one shift: how it ended, its picture, every step in figures, and the plan."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime

from serving.figures import percent
from serving.report.page import BAD, GOOD, NEUTRAL, Markup, page, pill, section, table
from serving.report.shift_charts import timeline
from serving.shift_outcome import Look, Outcome, explain
from serving.shift_plan import ShiftPlan

TONES = {"advance": GOOD, "abort": BAD, "hold": NEUTRAL}


def shift_page(outcome: Outcome, plan: ShiftPlan, model: str, at: datetime) -> str:
    """Write the HTML page of a shift."""
    return page(
        f"{model}: {outcome.live or 'nothing'} → {outcome.candidate}",
        outcome.status,
        GOOD if outcome.moved else BAD,
        lines=[explain(outcome), *outcome.remarks],
        sections=_sections(outcome, plan),
        at=at,
    )


def _sections(outcome: Outcome, plan: ShiftPlan) -> Iterator[Markup]:
    if outcome.looks:
        note = "Each point is what a slot did since the beginning of its step; the scale of p99 is logarithmic."
        yield section("What happened", timeline(outcome, plan), note)
        yield section("Steps", _steps(outcome), "Requests, errors and p99 of the live slot / of the candidate.")
    settings = ((name, _plain(value)) for name, value in asdict(plan).items())
    yield section("Plan", table(["setting", "value"], settings))


def _steps(outcome: Outcome) -> Markup:
    head = ["after", "candidate", "requests", "error rate", "p99, ms", "verdict", "why"]
    return table(head, (_step(look, outcome) for look in _last_of_each_step(outcome.looks)), numeric=head[:5])


def _last_of_each_step(looks: tuple[Look, ...]) -> Iterator[Look]:
    for look, following in zip(looks, (*looks[1:], None), strict=True):
        if following is None or look.verdict.action != "hold":
            yield look


def _step(look: Look, outcome: Outcome) -> tuple[object, ...]:
    mirrored = f"{look.mirrored_percent}% mirrored" if look.mirrored_percent else ""
    return (
        f"{look.seconds:.1f} s",
        mirrored or f"{look.weights.get(outcome.candidate, 0)}%",
        f"{look.live.requests} / {look.candidate.requests}",
        f"{percent(look.live.error_rate)} / {percent(look.candidate.error_rate)}",
        f"{_tenths(look.live.p99_ms)} / {_tenths(look.candidate.p99_ms)}",
        pill(look.verdict.action, TONES[look.verdict.action]),
        look.verdict.reason,
    )


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return "not judged" if value is None else str(value)


def _tenths(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"
