"""What a slot predicted, counted, and how far apart two slots' predictions lie.

A distance comes as the figure and as what is left of it when chance has had its say: two slots that run the same
release never answer the same requests, so their counts differ, and the fewer the requests the more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt
from typing import Self

from serving.bounds import CONFIDENCE, Z

ENOUGH_TO_COMPARE = 2


@dataclass(frozen=True, kw_only=True)
class ClassCounts:
    """How often each class was predicted, ever growing."""

    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All predictions."""
        return sum(self.counts.values())

    def __sub__(self, earlier: Self) -> Self:
        labels = self.counts.keys() | earlier.counts.keys()
        return type(self)(counts={label: self.counts.get(label, 0) - earlier.counts.get(label, 0) for label in labels})

    def went_back(self, earlier: Self) -> bool:
        """Say whether any count is below an earlier one: the counter began anew in between."""
        return any(self.counts.get(label, 0) < count for label, count in earlier.counts.items())


@dataclass(frozen=True, kw_only=True)
class ValueSums:
    """Predicted values of a regression, as sums from which mean and variance follow, ever growing."""

    total: int
    values: float
    squares: float

    @property
    def mean(self) -> float:
        """Mean of the values."""
        return self.values / self.total

    @property
    def variance(self) -> float:
        """Sample variance of the values; rounding never makes it negative."""
        return max(0.0, self.squares - self.values * self.mean) / (self.total - 1)

    def __sub__(self, earlier: Self) -> Self:
        return type(self)(
            total=self.total - earlier.total,
            values=self.values - earlier.values,
            squares=self.squares - earlier.squares,
        )

    def went_back(self, earlier: Self) -> bool:
        """Say whether the count is below an earlier one: the counter began anew in between."""
        return self.total < earlier.total or self.squares < earlier.squares


Predictions = ClassCounts | ValueSums


@dataclass(frozen=True, kw_only=True)
class Distance:
    """How far apart two slots' predictions lie.

    Attributes:
        figure: the estimate; for classes without the part that chance adds on average.
        at_least: the lower bound at `CONFIDENCE`: what can be held against a slot.
    """

    figure: float
    at_least: float


def since(earlier: Predictions | None, later: Predictions | None) -> Predictions | None:
    """Say what was predicted between two readings; None when that cannot be known."""
    if later is None or earlier is None:
        return None
    if isinstance(later, ClassCounts) and isinstance(earlier, ClassCounts):
        return None if later.went_back(earlier) else later - earlier
    if isinstance(later, ValueSums) and isinstance(earlier, ValueSums):
        return None if later.went_back(earlier) else later - earlier
    return None


def distance(candidate: Predictions | None, live: Predictions | None) -> Distance | None:
    """Compare two slots: total variation for classes, standardized mean difference for values.

    Returns:
        None when there is nothing to compare: not counted, too few, or one counted classes and the other values.
    """
    if candidate is None or live is None or min(candidate.total, live.total) < ENOUGH_TO_COMPARE:
        return None
    if isinstance(candidate, ClassCounts) and isinstance(live, ClassCounts):
        return _total_variation(candidate, live)
    if isinstance(candidate, ValueSums) and isinstance(live, ValueSums):
        return _standardized_mean_difference(candidate, live)
    return None


def _total_variation(candidate: ClassCounts, live: ClassCounts) -> Distance:
    """Half the sum of differences of shares, 0 to 1.

    Source: the mean of the chance part is at most half the sum of the standard deviations of the shares
    (Jensen, Cauchy-Schwarz); beyond its mean it strays by no more than McDiarmid's inequality allows, as one
    prediction moves the figure by at most one over its slot's count.
    """
    labels = {label for counts in (candidate.counts, live.counts) for label, count in counts.items() if count}
    shares = [
        abs(candidate.counts.get(label, 0) / candidate.total - live.counts.get(label, 0) / live.total)
        for label in labels
    ]
    spread = 1 / candidate.total + 1 / live.total
    figure = max(0.0, sum(shares) / 2 - sqrt((len(labels) - 1) * spread) / 2)
    return Distance(figure=figure, at_least=max(0.0, figure - sqrt(log(1 / (1 - CONFIDENCE)) * spread / 2)))


def _standardized_mean_difference(candidate: ValueSums, live: ValueSums) -> Distance:
    """Difference of means in pooled standard deviations (Cohen's d), without its sign.

    Source: Hedges and Olkin, Statistical Methods for Meta-Analysis, 1985, chapter 5, for the standard error.
    """
    freedom = candidate.total + live.total - 2
    pooled = ((candidate.total - 1) * candidate.variance + (live.total - 1) * live.variance) / freedom
    apart = abs(candidate.mean - live.mean)
    if pooled == 0:
        figure = 0.0 if apart == 0 else float("inf")
        return Distance(figure=figure, at_least=figure)
    figure = apart / sqrt(pooled)
    error = sqrt(1 / candidate.total + 1 / live.total + figure**2 / (2 * (freedom + 2)))
    return Distance(figure=figure, at_least=max(0.0, figure - Z * error))
