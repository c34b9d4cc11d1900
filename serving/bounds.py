"""Bounds of a share that was seen in few requests: what can be said of a slot without blaming it for bad luck.

Source: R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998)
857-872, method 4: the Wilson score bound with continuity correction. Without the correction a single failure among
50 requests would count as proof of more than 0.1 %; with it, it does not.
"""

from math import hypot, sqrt
from statistics import NormalDist

CONFIDENCE = 0.99
"""One-sided: a slot that sits exactly at its limit is held to have broken it in at most 1 of 100 looks."""

Z = NormalDist().inv_cdf(CONFIDENCE)


def at_least(count: float, total: int) -> float:
    """Lower Wilson bound of a share, 0 to 1; of nothing it is 0."""
    if count <= 0 or total <= 0:
        return 0.0
    share = count / total
    root = sqrt(max(0.0, Z**2 - 2 - 1 / total + 4 * share * (total * (1 - share) + 1)))
    return max(0.0, (2 * count + Z**2 - 1 - Z * root) / (2 * (total + Z**2)))


def at_most(count: float, total: int) -> float:
    """Upper Wilson bound of a share, 0 to 1; of nothing it is 1."""
    if count >= total or total <= 0:
        return 1.0
    share = count / total
    root = sqrt(max(0.0, Z**2 + 2 - 1 / total + 4 * share * (total * (1 - share) - 1)))
    return min(1.0, (2 * count + Z**2 + 1 + Z * root) / (2 * (total + Z**2)))


def difference_at_least(count: int, total: int, other_count: int, other_total: int) -> float:
    """Lower bound of how much one share is above another, -1 to 1; totals are above 0.

    Source: Newcombe, "Interval estimation for the difference between independent proportions", Statistics in
    Medicine 17 (1998) 873-890, method 11: both shares at the unfavourable end of their Wilson bounds.
    """
    share, other = count / total, other_count / other_total
    return share - other - hypot(share - at_least(count, total), at_most(other_count, other_total) - other)
