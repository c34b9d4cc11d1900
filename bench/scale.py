"""How a stack on a cluster grows with its models: objects, time and memory of a preview.

The real engine and the real program; a provider that reaches nothing, so that no cluster's speed is in the figures. An
API server without a node answers what the program itself asks: which cluster it is, and which slots take traffic.
Growth should be linear: the last column then stays the same.

    python -m bench.scale [--models 10 100 1000]
"""

import argparse
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.cluster.api_server import api_server
from tests.support.engine import Engine
from tests.support.stand_in.nowhere import nowhere

MIB = 1024 * 1024
SAMPLE_SECONDS = 0.2
SDK_VERSION = version("pulumi-kubernetes")
_PROGRAM = """
from dataclasses import replace

from components.kubernetes.cluster_access import ClusterAccess
from components.kubernetes.stack_platform import Platform
from tests.support.cluster_examples import model_spec, platform_args

slots = model_spec()["slots"]
models = [model_spec(f"m{{number}}", slots=slots) for number in range({count})]
access = ClusterAccess(kubeconfig={kubeconfig!r}, context=None, entry="kubeconfig")
Platform("platform", replace(platform_args(*models), access=access))
"""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One preview.

    Attributes:
        models: How many, each with two slots.
        resources: How many the engine planned, components included.
        objects: How many of them are objects of the cluster.
        seconds: From start to end of the command.
        program_mib: Most memory of the program's process.
        engine_mib: Most memory of the engine's.
    """

    models: int
    resources: int
    objects: int
    seconds: float
    program_mib: float
    engine_mib: float


def program(models: int, kubeconfig: Path) -> str:
    """Return the source of a stack with so many models, each with two slots."""
    return _PROGRAM.format(count=models, kubeconfig=str(kubeconfig))


def measure(directory: Path, models: int, kubeconfig: Path) -> Measure:
    """Time one preview of a new stack."""
    with nowhere("kubernetes", SDK_VERSION) as (provider, environment):
        engine = Engine(directory, environment, program(models, kubeconfig))
        with most_memory() as most:
            start = time.perf_counter()
            done = engine.run("preview", "--suppress-progress", "--diff=false", limit_seconds=1800, check=False)
            seconds = time.perf_counter() - start
    return Measure(
        models=models,
        resources=done.planned(),
        objects=provider.asked["check"],
        seconds=seconds,
        program_mib=most.get("python", 0.0),
        engine_mib=most.get("pulumi", 0.0),
    )


@contextmanager
def most_memory() -> Iterator[dict[str, float]]:
    """Give, by kind of process, the most memory in MiB that one child of this process held while the block ran."""
    most: dict[str, float] = {}
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(SAMPLE_SECONDS):
            for process in psutil.Process().children(recursive=True):
                note(process, most)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield most
    finally:
        ended.set()
        watcher.join()


def note(process: psutil.Process, most: dict[str, float]) -> None:
    """Take down what one process holds."""
    try:
        kind = "pulumi" if process.name() == "pulumi" else "python" if "python" in process.name() else ""
        most[kind] = max(most.get(kind, 0.0), process.memory_info().rss / MIB)
    except psutil.Error:
        pass


def table(measures: list[Measure]) -> str:
    """Return the figures as a Markdown table."""
    lines = [
        "| models | resources | objects | seconds | program MiB | engine MiB | ms per resource |",
        "|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for each in measures:
        figures = f"{each.seconds:.1f} | {each.program_mib:.0f} | {each.engine_mib:.0f}"
        rate = 1000 * each.seconds / each.resources
        lines.append(f"| {each.models} | {each.resources} | {each.objects} | {figures} | {rate:.0f} |")
    return "\n".join(lines)


def main() -> int:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, nargs="+", default=[10, 100, 1000])
    measures = []
    with api_server() as kubeconfig:
        for count in parser.parse_args().models:
            with tempfile.TemporaryDirectory() as directory:
                measures.append(measure(Path(directory), count, kubeconfig))
            print(table(measures[-1:]).splitlines()[-1], flush=True)
    print(table(measures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
