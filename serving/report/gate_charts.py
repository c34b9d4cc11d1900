"""The pictures of a gate: where two classifiers disagree, and how answers to the short load spread."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from serving.gate_evidence import Confusion
from serving.report.page import Markup
from serving.report.svg import LIMIT, Scale, box, label, line, picture
from serving.short_load import nearest_rank

WIDTH = 820
CELLS = 560
MOST_LABELS_IN_CELLS = 30
SAME, OTHER, INK = "#4a7bd0", "#d9622b", "#1c2430"

TOP, BOTTOM, LEFT, RIGHT = 34, 190, 44, 800
BINS = 48
SMALLEST_MS = 0.01
DARK = 0.5


def confusion_chart(confusion: Confusion, live: str, candidate: str) -> Markup:
    """Draw how often each pair of classes was given; the darker, the more of the live slot's class."""
    count = len(confusion.labels)
    size = min(44.0, CELLS / count)
    left, top = 130.0, 56.0
    shapes = [
        label(left, 16, f"{candidate} (candidate) says", strong=True),
        label(left - 12, top - 10, f"{live} says", anchor="end", strong=True),
        *_cells(confusion, left, top, size),
    ]
    return picture(WIDTH, top + count * size + 14, f"Classes that {live} and {candidate} give to the same rows", shapes)


def _cells(confusion: Confusion, left: float, top: float, size: float) -> Iterator[str]:
    written = len(confusion.labels) <= MOST_LABELS_IN_CELLS
    for row, (name, counts) in enumerate(zip(confusion.labels, confusion.counts, strict=True)):
        middle = top + (row + 0.5) * size + 4
        if written:
            yield label(left - 12, middle, _short(name, 16), anchor="end")
            yield label(left + (row + 0.5) * size, top - 10, _short(name, 6), anchor="middle")
        for column, value in enumerate(counts):
            x, y, share = left + column * size, top + row * size, value / max(1, sum(counts))
            colour = (SAME if row == column else OTHER) if value else "#f3f4f6"
            yield box(x + 1, y + 1, size - 2, size - 2, colour, opacity=0.25 + 0.75 * share if value else 1)
            if value and written:
                ink = "#fff" if share > DARK else INK
                yield label(x + size / 2, middle, value, anchor="middle", colour=ink)


def _short(name: str, most: int) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"


def latency_chart(latencies_ms: Sequence[float], limit_ms: float) -> Markup:
    """Draw a histogram of sorted latencies on a logarithmic scale, with p50, p99 and the limit."""
    low, high = max(SMALLEST_MS, min(latencies_ms[0], limit_ms)) / 1.25, max(latencies_ms[-1], limit_ms) * 1.25
    scale = Scale(low=low, high=high, begin=LEFT, end=RIGHT, logarithmic=True)
    p50, p99 = nearest_rank(latencies_ms, 0.50), nearest_rank(latencies_ms, 0.99)
    shapes = [
        *_bars(latencies_ms, scale),
        *(label(scale(tick), BOTTOM + 18, f"{tick:g} ms", anchor="middle") for tick in scale.ticks()),
        *_mark(scale(p50), f"p50 {p50:.3g} ms", INK),
        *_mark(scale(p99), f"p99 {p99:.3g} ms", INK, below=16),
        *_mark(scale(limit_ms), f"limit {limit_ms:g} ms", LIMIT, dashed=True),
    ]
    return picture(WIDTH, BOTTOM + 28, "How long answers took under the short load", shapes)


def _bars(latencies_ms: Sequence[float], scale: Scale) -> Iterator[str]:
    edges = [scale.low * (scale.high / scale.low) ** (step / BINS) for step in range(BINS + 1)]
    counts = [bisect_right(latencies_ms, upper) - bisect_right(latencies_ms, lower) for lower, upper in pairwise(edges)]
    height = Scale(low=0, high=max(counts), begin=BOTTOM, end=TOP + 30)
    for (lower, upper), count in zip(pairwise(edges), counts, strict=True):
        if count:
            left, top = scale(lower), height(count)
            yield box(left + 0.5, top, scale(upper) - left - 1, BOTTOM - top, SAME)
    yield line((LEFT, BOTTOM), (RIGHT, BOTTOM), "#b9c0ca")


def _mark(x: float, words: str, colour: str, *, below: float = 0, dashed: bool = False) -> Iterator[str]:
    yield line((x, TOP - 20 + below), (x, BOTTOM), colour, dashed=dashed, width=1.5)
    anchor = "end" if x > RIGHT - 90 else "start"
    yield label(x + (-5 if anchor == "end" else 5), TOP - 10 + below, words, anchor=anchor, colour=colour)
