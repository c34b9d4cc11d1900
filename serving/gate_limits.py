"""The limits of a gate: plain values; `serving.gate` measures against them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

from serving.errors import ConfigurationError
from serving.quality import METRICS


@dataclass(frozen=True, kw_only=True)
class GateLimits:
    """What a release must keep before it gets traffic.

    Args:
        min_quality: metric of `serving.quality.METRICS` to the least that is good enough; for rmse and mae, the most.
        min_slice_quality: the same for every slice of the golden set alone; none by default.
        max_disagreement: share of golden rows, 0 to 1, that may get another class than from the live slot.
        max_mean_abs_difference: how far values of a regression may lie from the live slot's on average.
        max_p99_ms: 99 of 100 answers under the load must be faster.
        load_concurrency: how many requests the load keeps in flight.
        load_seconds: how long the load lasts.
        allow_signature_change: whether inputs and outputs may differ from the live release's.
        timeout_seconds: how long all checks together may take; what is not measured by then has failed.

    Raises:
        ConfigurationError: impossible values, all of them in one message.
    """

    min_quality: Mapping[str, float] = field(default_factory=dict)
    min_slice_quality: Mapping[str, float] = field(default_factory=dict)
    max_disagreement: float | None = 0.10
    max_mean_abs_difference: float | None = None
    max_p99_ms: float = 50
    load_concurrency: int = 4
    load_seconds: float = 2
    allow_signature_change: bool = False
    timeout_seconds: float = 300

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise ConfigurationError("\n".join(f"gate.{problem}" for problem in problems))

    def _problems(self) -> Iterator[str]:
        for name in ("min_quality", "min_slice_quality"):
            unknown = sorted(set(getattr(self, name)) - set(METRICS))
            if unknown:
                yield f"{name} names {', '.join(unknown)}; allowed are {', '.join(METRICS)}."
        if self.max_disagreement is not None and not 0 <= self.max_disagreement <= 1:
            yield f"max_disagreement is {self.max_disagreement:g}; allowed is a share from 0 to 1, or null."
        if self.max_mean_abs_difference is not None and not self.max_mean_abs_difference >= 0:
            yield f"max_mean_abs_difference is {self.max_mean_abs_difference:g}; it must be 0 or more, or null."
        if self.load_concurrency < 1:
            yield f"load_concurrency is {self.load_concurrency}; it must be 1 or more."
        for name in ("max_p99_ms", "load_seconds", "timeout_seconds"):
            if not 0 < getattr(self, name) < inf:
                yield f"{name} is {getattr(self, name):g}; it must be above 0 and finite."
        if self.timeout_seconds <= self.load_seconds:
            yield (
                f"timeout_seconds is {self.timeout_seconds:g}, but the load alone takes {self.load_seconds:g} "
                "(load_seconds); raise it."
            )
