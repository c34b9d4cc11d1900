"""What a gate finds out: rows of its report, and the answers of both slots that several checks need."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from serving.gate_limits import GateLimits
from serving.golden_answers import ask_all
from serving.pinned_slot import Array, PinnedSlot
from serving.quality import predictions
from serving.release import Golden, golden

Status = Literal["passed", "failed", "skipped", "not run"]


@dataclass(frozen=True, kw_only=True)
class Check:
    """One row of a gate's report.

    Attributes:
        name: what was checked.
        status: `skipped` when there is nothing to check, e.g. no live slot; `not run` when an earlier check failed or
            the time was over. A gate with a check that was not run has not passed.
        sentence: what was found.
        figure: what was measured, in the unit of `limit`.
        limit: what was allowed.
    """

    name: str
    status: Status
    sentence: str
    figure: float | None = None
    limit: float | None = None


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """How often the live slot gave one class and the candidate another, over the golden rows.

    Shape:
        counts: `[labels, labels]`, the live slot's class first.
    """

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(kw_only=True)
class Evidence:
    """Both slots, the limits, and what is found out about them on the way; every row is asked once.

    Attributes:
        candidate: the slot that wants traffic.
        live: the slot that has it, if there is one.
        limits: what to measure against.
        clock: seconds, monotonic.
        go_on: False once the gate was given up; asked before each golden request.
        confusion: set where two classifiers were compared.
        latencies_ms: set by the short load, sorted.
    """

    candidate: PinnedSlot
    live: PinnedSlot | None
    limits: GateLimits
    clock: Callable[[], float]
    go_on: Callable[[], bool]
    confusion: Confusion | None = None
    latencies_ms: tuple[float, ...] = ()

    @cached_property
    def golden(self) -> Golden:
        """The candidate's golden rows."""
        return golden(self.candidate.release)

    @cached_property
    def outputs(self) -> dict[str, Array]:
        """What the candidate answers to them."""
        return ask_all(self.candidate, self.golden.inputs, self.go_on)

    @cached_property
    def answers(self) -> Array:
        """The candidate's predictions, `[rows]`."""
        return predictions(self.candidate.release.manifest, self.outputs)
