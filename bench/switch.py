"""Measure switching: how long `pulumi up`, a switch and a rollback take, with ever more models, and what they cost.

One stack grows; its first model is asked without pause and is the one that is switched. Each further model runs a tiny
release of its own in one slot. Every request counts once, as in the end-to-end tests.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench import growth_chart
from bench.serve import OUT
from components.local.switching import GatewayTraffic
from tests.support.load import Load, load
from tests.support.switched_model import MODEL, QUIET_RATES
from tests.support.switching import Switching, switching_stack
from tests.support.tiny_releases import linear_model, make_release
from tests.support.waiting import until

MODELS = (1, 10, 50)
WRITES = 20
PATIENCE_SECONDS = 60
# Two steps of one look each: what is measured is the machinery, not the time that somebody chose to watch.
STEPS: dict[str, Any] = {"steps_percent": [50, 100], "hold_seconds": 1, "min_requests": 20}
COLUMNS = ("models", "up, no change s", "preview s", "switch s", "rollback s", "requests", "lost or wrong")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one size of the stack took; seconds of whole commands, the engine's start included."""

    models: int
    up_seconds: float
    preview_seconds: float
    switch_seconds: float
    rollback_seconds: float
    requests: int
    failures: int


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0: measured and no request was lost, 1: one was."""
    parser = argparse.ArgumentParser(prog="python -m bench.switch", description="Measure switches and rollbacks.")
    parser.add_argument("--models", type=int, nargs="+", default=MODELS, help="sizes of the stack (default: 1 10 50)")
    sizes = sorted(set(parser.parse_args(arguments).models))
    busy = os.getloadavg()[0]
    # No other process of the machine takes so many ports in a row.
    with switching_stack(platform={"slot_ports": {"first": 10_000, "count": 6 * max(sizes) + 30}}) as switching:
        writes = list(weight_writes(switching))
        results = [measure(switching, size) for size in sizes]
    title = f"{os.cpu_count()} cores; load average {busy:.1f} before"
    report(title, results, writes)
    return int(any(result.failures for result in results))


def weight_writes(switching: Switching) -> Iterator[float]:
    """Give the milliseconds from a write of the weights to the first answer by the other slot, for several writes."""
    traffic = GatewayTraffic(switching.stack.stack_dir, MODEL)
    with load(switching.plan()) as running:
        for number in range(WRITES):
            to, away = ("green", "blue") if number % 2 == 0 else ("blue", "green")
            running.mark()
            first_answer(running, away)
            start = time.monotonic()
            traffic.write({to: 100, away: 0})
            yield 1000 * (first_answer(running, to) - start)


def first_answer(running: Load, slot: str) -> float:
    """Wait for a slot's first right answer since the last mark, and return when that was."""
    until(lambda: slot in running.tally().first_answers, PATIENCE_SECONDS, f"an answer of {slot}")
    return running.tally().first_answers[slot]


def measure(switching: Switching, models: int) -> Measured:
    """Let the stack grow to a size, and measure there."""
    stack = switching.stack
    for number in range(len(stack.models), models):
        name = f"tiny{number}"
        make_release(linear_model(), stack.folder / "releases" / name / "1", name=name)
        stack.models[name] = {"slots": {"blue": {"release": f"releases/{name}/1"}}, "live": "blue"}
    stack.gateway["clients"]["demo"]["models"] = list(stack.models)
    print(f"{models} models: bringing them up", flush=True)
    grown = switching.up("blue", **STEPS).seconds
    print(f"{models} models: up after {grown:.0f} s; measuring", flush=True)
    unchanged, preview = stack.up(refresh=True), stack.preview()
    with load(switching.plan(QUIET_RATES)) as running:
        switch = switching.up("green", **STEPS)
        rollback = switching.up("blue", **STEPS)
        tally = running.stop()
    return Measured(
        models=models,
        up_seconds=unchanged.seconds,
        preview_seconds=preview.seconds,
        switch_seconds=switch.seconds,
        rollback_seconds=rollback.seconds,
        requests=tally.total,
        failures=sum(tally.failures.values()),
    )


def report(title: str, results: Sequence[Measured], writes: Sequence[float]) -> None:
    """Print the table, and write it and its picture."""
    lines = [COLUMNS, tuple("-" for _ in COLUMNS), *map(_cells, results)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    write = f"a write of weights → first answer by the other slot: median {statistics.median(writes):.1f} ms, "
    write += f"longest of {len(writes)} {max(writes):.1f} ms"
    OUT.mkdir(parents=True, exist_ok=True)
    document = {"title": title, "results": [asdict(result) for result in results], "write_ms": list(writes)}
    (OUT / "switch.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    lines_shown = {
        "up, no change": [result.up_seconds for result in results],
        "preview": [result.preview_seconds for result in results],
        "switch": [result.switch_seconds for result in results],
        "rollback": [result.rollback_seconds for result in results],
    }
    growth_chart.draw([result.models for result in results], lines_shown, title, OUT / "switch.png")
    print(f"\n{title}\n\n{table}\n\n{write}\n\n{Path(OUT / 'switch.json')}\n{Path(OUT / 'switch.png')}")


def _cells(result: Measured) -> tuple[str, ...]:
    seconds = (result.up_seconds, result.preview_seconds, result.switch_seconds, result.rollback_seconds)
    return (str(result.models), *(f"{value:.1f}" for value in seconds), str(result.requests), str(result.failures))


if __name__ == "__main__":
    sys.exit(main())
