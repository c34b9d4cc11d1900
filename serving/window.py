"""A window: what one slot did between two readings of its counters."""

from dataclasses import dataclass, field
from math import inf
from typing import Self

from serving.counters import Counters
from serving.predictions import Predictions, since

P50, P99 = 0.50, 0.99


@dataclass(frozen=True, kw_only=True)
class Latencies:
    """A histogram of answers in whole milliseconds, `(upper bound in ms, answers within it)`, cumulative."""

    buckets: tuple[tuple[float, int], ...] = ()

    @property
    def total(self) -> int:
        """All answers that were timed."""
        return self.buckets[-1][1] if self.buckets else 0

    def quantile(self, level: float) -> float | None:
        """Estimate a quantile in ms, linear within its bucket; None without answers.

        Beyond the last finite bound it is that bound.

        Source: histogram_quantile, https://prometheus.io/docs/prometheus/latest/querying/functions/.
        """
        rank, lower, below = level * self.total, 0.0, 0
        for upper, count in self.buckets:
            if count >= rank and count > below:
                return lower if upper == inf else lower + (upper - lower) * (rank - below) / (count - below)
            lower, below = upper, count
        return None

    def quantile_at_most(self, level: float) -> float:
        """Give the upper end of the bucket that a quantile lies in, in ms; infinite when nothing bounds it."""
        return next((upper for upper, count in self.buckets if count and count >= level * self.total), inf)

    def slower_than(self, milliseconds: float) -> int:
        """Count the answers that were certainly slower; those in the bucket of the limit may not have been."""
        return next((self.total - count for upper, count in self.buckets if upper >= milliseconds), 0)


@dataclass(frozen=True, kw_only=True)
class Window:
    """What a slot did for `seconds`.

    Attributes:
        requests: attempts that ended, well or badly.
        errors: those that the slot failed.
        active: requests that were waiting for an answer at the end.
        stuck: requests that were waiting at the last reading and still, or again, at this one.
        latencies: of the answers.
        predictions: what was predicted, if that is counted.
        restarted: the counters went back, as the gateway began anew. Then the window is empty: it proves nothing.
    """

    seconds: float = 0.0
    requests: int = 0
    errors: int = 0
    active: int = 0
    stuck: int = 0
    latencies: Latencies = field(default_factory=Latencies)
    predictions: Predictions | None = None
    restarted: bool = False

    @property
    def error_rate(self) -> float:
        """Share of requests that failed, 0 without requests."""
        return self.errors / self.requests if self.requests else 0.0

    @property
    def p50_ms(self) -> float | None:
        """Median latency in ms."""
        return self.latencies.quantile(P50)

    @property
    def p99_ms(self) -> float | None:
        """Latency that 99 of 100 answers stay below, in ms."""
        return self.latencies.quantile(P99)

    @classmethod
    def between(cls, before: Counters, after: Counters, *, previous: Counters | None = None, seconds: float) -> Self:
        """Subtract two readings of a slot.

        Args:
            before: the reading that the window begins with.
            after: the reading that it ends with.
            previous: the last reading before `after`, if that was another than `before`.
            seconds: time between `before` and `after`.
        """
        if after.went_back(before) or after.went_back(previous or before):
            return cls(seconds=seconds, restarted=True)
        counted = after - before
        return cls(
            seconds=seconds,
            requests=counted.requests,
            errors=counted.errors,
            active=after.active,
            stuck=min((previous or before).active, after.active),
            latencies=Latencies(buckets=counted.buckets),
            predictions=since(before.predictions, after.predictions),
        )
