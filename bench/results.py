"""What the rounds saw, made into medians, ratios and a table."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from bench.load import Load
from bench.targets import FASTAPI, TRITON

COLUMNS = (
    *("model", "target", "requests/s", "p99 ms", "requests/s : FastAPI", "p99 : FastAPI", "requests/s : Triton"),
    *("CPU µs a request", "CPU : FastAPI", "errors"),
)


@dataclass(frozen=True, kw_only=True)
class Round:
    """One run of the load on one target, and the seconds of processor time of each kind of process meanwhile."""

    load: Load
    processor_seconds: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """A target's medians over all rounds.

    Attributes:
        model: which model.
        target: which way to it.
        requests_per_second: with the lowest and the highest round in `spread`.
        spread: of requests per second.
        p50_ms: median answer time.
        p99_ms: 99th percentile of the answer times.
        processor_us: processor time of one request by kind of process.
        errors: of all rounds together.
    """

    model: str
    target: str
    requests_per_second: float
    spread: tuple[float, float]
    p50_ms: float
    p99_ms: float
    processor_us: dict[str, float]
    errors: int

    @property
    def processor_us_in_all(self) -> float:
        """Processor time of one request, all kinds of process together."""
        return sum(self.processor_us.values())


def measured(model: str, target: str, rounds: Sequence[Round]) -> Measured:
    """Return the medians of a target's rounds."""
    paces = [one.load.requests / one.load.seconds for one in rounds]
    kinds = rounds[0].processor_seconds
    return Measured(
        model=model,
        target=target,
        requests_per_second=statistics.median(paces),
        spread=(min(paces), max(paces)),
        p50_ms=statistics.median(one.load.p50_ms for one in rounds),
        p99_ms=statistics.median(one.load.p99_ms for one in rounds),
        processor_us={
            kind: statistics.median(one.processor_seconds[kind] / one.load.requests * 1e6 for one in rounds)
            for kind in kinds
        },
        errors=sum(one.load.errors for one in rounds),
    )


def table(results: Sequence[Measured]) -> str:
    """Write the results as a Markdown table, with ratios to FastAPI and to Triton alone."""
    found = {(result.model, result.target): result for result in results}
    rows = [_cells(result, found[result.model, FASTAPI], found[result.model, TRITON]) for result in results]
    lines = [COLUMNS, tuple("-" for _ in COLUMNS), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(result: Measured, fastapi: Measured, triton: Measured) -> tuple[str, ...]:
    low, high = result.spread
    parts = ", ".join(f"{kind} {value:.0f}" for kind, value in result.processor_us.items())
    return (
        result.model,
        result.target,
        f"{result.requests_per_second:,.0f} ({low:,.0f} to {high:,.0f})",
        f"{result.p99_ms:.1f}",
        f"{result.requests_per_second / fastapi.requests_per_second:.2f}",
        f"{result.p99_ms / fastapi.p99_ms:.2f}",
        f"{result.requests_per_second / triton.requests_per_second:.2f}",
        f"{result.processor_us_in_all:.0f} ({parts})",
        f"{result.processor_us_in_all / fastapi.processor_us_in_all:.2f}",
        str(result.errors),
    )
