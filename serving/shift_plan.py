"""The plan of a shift: steps, limits and patience. Plain values; `serving.shift` carries it out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Literal

from serving.errors import ConfigurationError

ALL = 100

Weights = Mapping[str, int]
"""Slot to percent of the requests; whole numbers that sum to 100."""

SETTLE_SECONDS = 1.0
"""Waited before the first reading: longer than the gateway's statistics lag, so that a gate's load is not judged."""

LOOKS_PER_HOLD = 10
SHORTEST_LOOK_SECONDS = 1.0
SHORTEST_PROBE_SECONDS = 2.0

UNREADABLE_SECONDS = 10.0
"""How long counters may be unreadable before the shift goes back; a gateway restarts in about 1 second."""

LIVE_PATIENCE_SECONDS = 10.0
"""How long a live slot that does not answer is waited for; a supervised slot restarts in about 3 seconds."""

RETRY_SECONDS = 1.0
_WHOLE_NUMBERS = ("min_requests", "mirror_percent")


@dataclass(frozen=True, kw_only=True)
class ShiftPlan:
    """How to move traffic from one slot to another.

    Args:
        steps_percent: share of the candidate at each step, ascending, ending with 100.
        hold_seconds: how long each step is watched at least.
        max_hold_seconds: how long a step may go on while there is too little to tell.
        min_requests: requests that a slot must have answered in a step before it counts as watched.
        max_error_rate: share of the candidate's requests that may fail, 0 to 1.
        max_error_rate_difference: how much greater that share may be than the live slot's.
        max_p99_ms: 99 of 100 answers must be faster.
        max_p99_ratio: how many times the live slot's p99 the candidate's may be.
        max_prediction_distance: how far predictions may lie from the live slot's; not judged by default.
        on_thin_traffic: what a step does that ends with too little to tell. See docs/adr/0010-thin-traffic.md.
        mirror_percent: share of live requests copied to the candidate before the first step; none by default.
        mirror_seconds: for how long.

    Raises:
        ConfigurationError: values that contradict each other or themselves, all of them in one message.
    """

    steps_percent: tuple[int, ...] = (1, 5, 25, 50, 100)
    hold_seconds: float = 2
    max_hold_seconds: float = 60
    min_requests: int = 50
    max_error_rate: float = 0.001
    max_error_rate_difference: float = 0.001
    max_p99_ms: float = 50
    max_p99_ratio: float = 1.5
    max_prediction_distance: float | None = None
    on_thin_traffic: Literal["advance", "hold_failing"] = "advance"
    mirror_percent: int = 0
    mirror_seconds: float = 0

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ConfigurationError("\n".join(f"shift.{problem}" for problem in problems))

    @property
    def look_seconds(self) -> float:
        """Time between two looks at a step; every one may go back, only one after `hold_seconds` may go on."""
        return min(self.hold_seconds, max(SHORTEST_LOOK_SECONDS, self.hold_seconds / LOOKS_PER_HOLD))

    @property
    def probe_seconds(self) -> float:
        """How long a golden question may take: longer than any answer that the limits allow."""
        return max(SHORTEST_PROBE_SECONDS, 2 * self.max_p99_ms / 1000)

    def _problems(self) -> Iterator[str]:
        steps, endless = self.steps_percent, sorted(name for name, value in vars(self).items() if _endless(value))
        if endless:
            yield f"{endless[0]} is {getattr(self, endless[0])}; it must be a finite number."
            return
        whole = all(isinstance(step, int) for step in steps)
        if not whole or not steps or steps[-1] != ALL or steps[0] < 1 or list(steps) != sorted(set(steps)):
            yield f"steps_percent is {list(steps)}; allowed are ascending whole numbers from 1 on that end with 100."
        if self.hold_seconds <= 0:
            yield f"hold_seconds is {self.hold_seconds:g}; it must be above 0."
        if self.max_hold_seconds < self.hold_seconds:
            yield f"max_hold_seconds is {self.max_hold_seconds:g}, but hold_seconds is {self.hold_seconds:g}; raise it."
        if self.min_requests < 1:
            yield f"min_requests is {self.min_requests}; it must be 1 or more."
        if not 0 <= self.mirror_percent <= ALL or (self.mirror_percent > 0) != (self.mirror_seconds > 0):
            yield (
                f"mirror_percent is {self.mirror_percent} and mirror_seconds {self.mirror_seconds:g}; "
                "set both above 0 (percent up to 100), or neither."
            )
        yield from self._impossible_limits()

    def _impossible_limits(self) -> Iterator[str]:
        for name in ("max_error_rate", "max_error_rate_difference"):
            if not 0 <= getattr(self, name) < 1:
                yield f"{name} is {getattr(self, name):g}; allowed is a share from 0 up to 1."
        if self.max_p99_ms <= 0:
            yield f"max_p99_ms is {self.max_p99_ms:g}; it must be above 0."
        if self.max_p99_ratio < 1:
            yield f"max_p99_ratio is {self.max_p99_ratio:g}; below 1 not even the live release would pass."
        if self.max_prediction_distance is not None and self.max_prediction_distance < 0:
            yield f"max_prediction_distance is {self.max_prediction_distance:g}; it must be 0 or more, or null."


def _endless(value: object) -> bool:
    return isinstance(value, float) and not isfinite(value)


def shift_plan(values: Mapping[str, Any]) -> ShiftPlan:
    """Return a plan from plain values; Pulumi hands every number over as a float."""
    steps = tuple(int(step) for step in values["steps_percent"])
    return ShiftPlan(**{**values, "steps_percent": steps, **{name: int(values[name]) for name in _WHOLE_NUMBERS}})


def longest_seconds(plan: ShiftPlan, call_seconds: float = 1.0) -> float:
    """Bound the time that a shift can take, whatever slots and gateway do.

    A step waits at most LIVE_PATIENCE_SECONDS for the live slot, UNREADABLE_SECONDS for its first reading, and then
    looks until `max_hold_seconds` are over, the last look overrunning by its own sleep and one more unreadable spell.
    Each of the waits overruns by one retry, and 16 calls of ports are in no wait.

    Args:
        plan: the plan.
        call_seconds: the longest that one call of a port takes: the timeout of the adapters.
    """
    unreadable = UNREADABLE_SECONDS + RETRY_SECONDS
    watch = 2 * unreadable + plan.look_seconds + 16 * call_seconds
    step = LIVE_PATIENCE_SECONDS + RETRY_SECONDS + plan.max_hold_seconds + watch
    mirror = plan.mirror_seconds + watch if plan.mirror_percent else 0.0
    return SETTLE_SECONDS + mirror + len(plan.steps_percent) * step + 16 * call_seconds
