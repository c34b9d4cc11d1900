"""Processor time of the processes that serve a target: the figure that a noisy machine disturbs least."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import psutil

Outcome = TypeVar("Outcome")
Processes = Mapping[str, Sequence[psutil.Process]]
"""The processes of a target by what they are, such as `{"gateway": [envoy]}`."""


def processor_seconds(processes: Processes) -> dict[str, float]:
    """Return the seconds of processor time that each kind has used since its start, user and system."""
    return {kind: sum(_seconds(process) for process in found) for kind, found in processes.items()}


def spent_during(processes: Processes, work: Callable[[], Outcome]) -> tuple[Outcome, dict[str, float]]:
    """Do some work; return its outcome and the seconds of processor time that each kind used meanwhile."""
    before = processor_seconds(processes)
    outcome = work()
    after = processor_seconds(processes)
    return outcome, {kind: after[kind] - before[kind] for kind in processes}


def _seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)
