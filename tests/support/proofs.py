"""What the tests with load proved, as the table that ends a test run."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tests.support.load import Tally

PROPERTY = "load"
HEADER = ("scenario", "requests", "right", "wrong", "refused", "lost", "blue", "green", "p99 ms", "silent ms", "")


def document(scenario: str, tally: Tally, *, planned: bool, remark: str) -> dict[str, Any]:
    """Return one scenario's figures as plain values, which travel from a test's process to the one that prints."""
    return {"scenario": scenario, "tally": tally.document(), "planned": planned, "remark": remark}


def table(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the lines of the table: what nobody may notice first, then what can cost requests."""
    lines: list[tuple[str, ...]] = [HEADER]
    for planned, title in ((True, "all of these: nothing may be lost"), (False, "all of these: faults")):
        tallies = [(found, Tally(**found["tally"])) for found in documents if found["planned"] == planned]
        lines += [_line(found["scenario"], tally, found["remark"]) for found, tally in tallies]
        if tallies:
            lines.append(_sum(title, [tally for _, tally in tallies]))
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADER))]
    return ["  ".join(_aligned(line, widths)).rstrip() for line in lines]


def _line(scenario: str, tally: Tally, remark: str) -> tuple[str, ...]:
    p99 = tally.latency_seconds.get("p99")
    milliseconds = (f"{1000 * p99:.0f}" if p99 is not None else "", f"{1000 * tally.longest_silence_seconds:.0f}")
    return (scenario, *_counts([tally]), *milliseconds, remark)


def _sum(title: str, tallies: Sequence[Tally]) -> tuple[str, ...]:
    return (title, *_counts(tallies), "", "", "")


def _counts(tallies: Sequence[Tally]) -> Iterator[str]:
    yield str(sum(tally.total for tally in tallies))
    for name in ("right", "wrong", "refused", "lost"):
        yield str(sum(sum(getattr(tally, name).values()) for tally in tallies))
    for slot in ("blue", "green"):
        yield str(sum(tally.right.get(slot, 0) for tally in tallies))


def _aligned(line: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    last = len(HEADER) - 1
    for column, (cell, width) in enumerate(zip(line, widths, strict=True)):
        yield cell.ljust(width) if column in (0, last) else cell.rjust(width)
