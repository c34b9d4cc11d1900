"""The bounds are those of the literature, and cautious where requests are few."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.bounds import at_least, at_most, difference_at_least

TOTALS = st.integers(1, 100_000)


@pytest.mark.parametrize(
    ("count", "total", "lower", "upper"),
    [
        (1, 50, 0.000785128, 0.146253987),
        (3, 50, 0.012889720, 0.202117797),
        (50, 50, 0.885071805, 1),
        (7, 10_000, 0.000268709, 0.001711629),
        (4_999, 5_000, 0.998374757, 0.999992154),
    ],
)
def test_both_bounds_are_those_that_scipy_computes(count: int, total: int, lower: float, upper: float) -> None:
    """Computed by `scipy.stats.binomtest(…).proportion_ci(0.99, method="wilsoncc")`, one side at a time."""
    assert at_least(count, total) == pytest.approx(lower, abs=1e-8)
    assert at_most(count, total) == pytest.approx(upper, abs=1e-8)


def test_one_failure_of_fifty_proves_no_rate_above_a_thousandth() -> None:
    assert at_least(1, 50) < 0.001 < at_least(3, 50)


def test_nothing_seen_proves_nothing() -> None:
    assert (at_least(0, 0), at_most(0, 0)) == (0, 1)
    assert (at_least(0, 1000), at_most(1000, 1000)) == (0, 1)


@given(TOTALS, st.floats(0, 1))
def test_the_share_that_was_seen_lies_between_its_bounds(total: int, share: float) -> None:
    count = round(share * total)
    assert 0 <= at_least(count, total) <= count / total <= at_most(count, total) <= 1


def test_more_requests_at_the_same_share_prove_more() -> None:
    assert [at_least(count, 20 * count) for count in (1, 5, 50, 500)] == sorted(
        at_least(count, 20 * count) for count in (1, 5, 50, 500)
    )


def test_a_difference_is_proven_only_when_both_shares_are_known_well() -> None:
    assert difference_at_least(30, 1_000, 1, 1_000) > 0.01
    assert difference_at_least(3, 100, 0, 100) < 0.01, "100 requests do not tell 3 % from nothing well"
    assert difference_at_least(30, 1_000, 30, 1_000) < 0


@given(st.integers(1, 1_000), st.floats(0, 1), st.integers(1, 1_000), st.floats(0, 1))
def test_what_is_proven_of_a_difference_is_at_most_what_was_seen(
    total: int, share: float, other_total: int, other_share: float
) -> None:
    count, other = round(share * total), round(other_share * other_total)
    seen = count / total - other / other_total
    assert difference_at_least(count, total, other, other_total) <= seen + 1e-9
