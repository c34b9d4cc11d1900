"""The picture of a shift: weights, p99 and error rate of both slots over the same time."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from serving.figures import percent
from serving.report.page import Markup
from serving.report.svg import LIMIT, Scale, box, curve, label, line, picture, slot_colours
from serving.shift_outcome import Look, Outcome
from serving.shift_plan import ALL, ShiftPlan, Weights
from serving.window import Window

WIDTH, LEFT, RIGHT = 820, 58, 804
WEIGHTS, LATENCY, ERRORS = (58, 148), (192, 322), (366, 466)
"""Top and bottom of the three panels."""
HEIGHT = 496
AFTERWARDS = 1.06
"""The picture goes on a little after the end, so that one sees where traffic went."""

UNKNOWN = "#b9c0ca"
PIXELS_PER_LETTER = 7
SMALLEST_MS = 0.1


@dataclass(frozen=True, kw_only=True)
class _Span:
    begin: float
    end: float
    weights: Weights | None
    mirrored_percent: int


def timeline(outcome: Outcome, plan: ShiftPlan) -> Markup:
    """Draw a shift that made at least one look."""
    end = max(outcome.seconds, outcome.looks[-1].seconds) * AFTERWARDS
    time = Scale(low=0, high=end, begin=LEFT, end=RIGHT)
    shapes = [
        *_legend(outcome),
        *_weights(outcome, time),
        *_latency(outcome, plan, time),
        *_errors(outcome, plan, time),
        *_time(time),
        *_end(outcome, time),
    ]
    return picture(WIDTH, HEIGHT, "Weights, p99 and error rate of both slots over time", shapes)


def _legend(outcome: Outcome) -> Iterator[str]:
    roles = ((outcome.live, "live before"), (outcome.candidate, "candidate"))
    for place, (colour, (slot, role)) in enumerate(
        zip(slot_colours(outcome.live, outcome.candidate), roles, strict=True)
    ):
        left = LEFT + 170 * place
        yield box(left, 8, 12, 12, colour)
        yield label(left + 18, 18, f"{slot} ({role})", strong=True)


def _spans(outcome: Outcome, end: float) -> Iterator[_Span]:
    """Put looks with the same weights together, and add what came after the last."""
    begin = 0.0
    for (mirrored_percent, weights), looks in groupby(outcome.looks, key=_phase):
        end_of_phase = list(looks)[-1].seconds
        yield _Span(begin=begin, end=end_of_phase, weights=weights, mirrored_percent=mirrored_percent)
        begin = end_of_phase
    yield _Span(begin=begin, end=end, weights=outcome.weights, mirrored_percent=0)


def _phase(look: Look) -> tuple[int, Weights]:
    return look.mirrored_percent, look.weights


def _weights(outcome: Outcome, time: Scale) -> Iterator[str]:
    top, bottom = WEIGHTS
    live_colour, candidate_colour = slot_colours(outcome.live, outcome.candidate)
    percents = Scale(low=0, high=ALL, begin=bottom, end=top)
    yield label(LEFT, top - 8, "traffic", strong=True)
    written = ""
    for span in _spans(outcome, time.high):
        left, width = time(span.begin), time(span.end) - time(span.begin)
        if span.weights is None:
            yield box(left, top, width, bottom - top, UNKNOWN)
            continue
        share = span.weights.get(outcome.candidate, 0)
        border = percents(share)
        yield box(left, top, width, border - top, live_colour, opacity=0.8)
        yield box(left, border, width, bottom - border, candidate_colour, opacity=0.8)
        words = f"{span.mirrored_percent}% mirrored" if span.mirrored_percent else f"{share}%"
        if words != written and width > PIXELS_PER_LETTER * len(words) + 4:
            written = words
            yield label(left + 4, border + (14 if share > ALL / 2 else -4), words, colour="#fff")
    for value in (0, ALL):
        yield label(LEFT - 6, percents(value) + 4, f"{value}%", anchor="end")


def _latency(outcome: Outcome, plan: ShiftPlan, time: Scale) -> Iterator[str]:
    top, bottom = LATENCY
    windows = [window for look in outcome.looks for window in (look.live, look.candidate)]
    values = [window.p99_ms for window in windows if window.p99_ms is not None]
    limit = plan.max_p99_ms
    low = max(SMALLEST_MS, min([limit, *values]) / 1.5)
    scale = Scale(low=low, high=max([limit, *values]) * 1.5, begin=bottom, end=top, logarithmic=True)
    yield label(LEFT, top - 8, "p99 latency, ms", strong=True)
    yield from _grid(scale, scale.ticks(), lambda value: f"{value:g}")
    yield from _limit(scale(limit), f"limit {limit:g} ms")
    yield from _curves(outcome, time, scale, lambda window: window.p99_ms)


def _errors(outcome: Outcome, plan: ShiftPlan, time: Scale) -> Iterator[str]:
    top, bottom = ERRORS
    rates = [window.error_rate for look in outcome.looks for window in (look.live, look.candidate)]
    limit = plan.max_error_rate
    scale = Scale(low=0, high=max([2 * limit, 0.001, *(1.15 * rate for rate in rates)]), begin=bottom, end=top)
    yield label(LEFT, top - 8, "error rate", strong=True)
    yield from _grid(scale, scale.ticks(4), percent)
    yield from _limit(scale(limit), f"limit {percent(limit)}")
    yield from _curves(outcome, time, scale, lambda window: window.error_rate if window.requests else None)


def _grid(scale: Scale, ticks: Sequence[float], words: Callable[[float], str]) -> Iterator[str]:
    for value in ticks:
        y = scale(value)
        yield line((LEFT, y), (RIGHT, y))
        yield label(LEFT - 6, y + 4, words(value), anchor="end")


def _limit(y: float, words: str) -> Iterator[str]:
    yield line((LEFT, y), (RIGHT, y), LIMIT, dashed=True)
    yield label(LEFT + 4, y - 5, words, colour=LIMIT)


def _curves(outcome: Outcome, time: Scale, scale: Scale, figure: Callable[[Window], float | None]) -> Iterator[str]:
    sides: tuple[Callable[[Look], Window], ...] = (lambda look: look.live, lambda look: look.candidate)
    for side, colour in zip(sides, slot_colours(outcome.live, outcome.candidate), strict=True):
        for _, looks in groupby(outcome.looks, key=_phase):
            values = [(look.seconds, figure(side(look))) for look in looks]
            yield curve([(time(at), scale(value)) for at, value in values if value is not None], colour)


def _time(time: Scale) -> Iterator[str]:
    for value in time.ticks(8):
        yield label(time(value), ERRORS[1] + 20, f"{value:g} s", anchor="middle")


def _end(outcome: Outcome, time: Scale) -> Iterator[str]:
    if outcome.moved:
        return
    x = time(outcome.looks[-1].seconds if outcome.status == "aborted" else outcome.seconds)
    anchor, aside = ("end", -6) if x > (LEFT + RIGHT) / 2 else ("start", 6)
    words = f"{outcome.status}: {outcome.verdict.check}"
    yield line((x, WEIGHTS[0] - 8), (x, ERRORS[1]), LIMIT, width=2)
    yield label(x + aside, WEIGHTS[0] - 12, words, anchor=anchor, colour=LIMIT)
