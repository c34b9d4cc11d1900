"""Two readings make a window; a gateway that began anew makes none."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.counters import Counters
from serving.predictions import ClassCounts
from serving.window import Latencies, Window

BUCKETS = ((1.0, 10), (5.0, 90), (50.0, 99), (inf, 100))


def test_a_window_is_the_difference_of_two_readings() -> None:
    before = Counters(requests=10, errors=1, active=3, buckets=((1.0, 4), (inf, 9)))
    after = Counters(requests=30, errors=2, active=5, buckets=((1.0, 6), (inf, 29)))
    window = Window.between(before, after, seconds=2.0)
    assert (window.requests, window.errors, window.active, window.error_rate) == (20, 1, 5, 0.05)
    assert window.latencies.buckets == ((1.0, 2), (inf, 20))


def test_buckets_that_did_not_exist_before_began_at_nothing() -> None:
    window = Window.between(Counters(), Counters(requests=2, buckets=((1.0, 2), (inf, 2))), seconds=1)
    assert window.latencies.total == 2


@pytest.mark.parametrize(
    "after",
    [
        Counters(requests=9, errors=1, buckets=((1.0, 5),)),
        Counters(requests=10, errors=0, buckets=((1.0, 5),)),
        Counters(requests=10, errors=1, buckets=((1.0, 4),)),
        Counters(requests=10, errors=1),
    ],
    ids=["fewer requests", "fewer errors", "fewer answers in a bucket", "a bucket is gone"],
)
def test_counters_that_go_back_are_a_restart_and_no_evidence(after: Counters) -> None:
    window = Window.between(Counters(requests=10, errors=1, buckets=((1.0, 5),)), after, seconds=1)
    assert window.restarted
    assert (window.requests, window.errors, window.latencies.total) == (0, 0, 0), "not evidence, and never negative"


def test_a_restart_since_the_last_reading_is_seen_even_when_the_first_is_overtaken_again() -> None:
    before, previous, after = Counters(requests=5), Counters(requests=50), Counters(requests=20)
    assert Window.between(before, after, previous=previous, seconds=2).restarted


def test_requests_are_stuck_that_wait_at_two_readings_in_a_row() -> None:
    first, second = Counters(active=40), Counters(active=7)
    assert Window.between(Counters(), second, previous=first, seconds=2).stuck == 7
    assert Window.between(Counters(), first, seconds=2).stuck == 0, "before the step nothing waited"


def test_predictions_are_those_of_the_window() -> None:
    before = Counters(predictions=ClassCounts(counts={"0": 1}))
    after = Counters(predictions=ClassCounts(counts={"0": 4}))
    assert Window.between(before, after, seconds=1).predictions == ClassCounts(counts={"0": 3})


def test_quantiles_are_linear_within_their_bucket() -> None:
    window = Window(latencies=Latencies(buckets=BUCKETS))
    assert window.p50_ms == pytest.approx(1 + 4 * 40 / 80)
    assert window.p99_ms == pytest.approx(50.0)


def test_beyond_the_last_bound_a_quantile_is_that_bound() -> None:
    assert Latencies(buckets=((50.0, 0), (inf, 10))).quantile(0.99) == 50.0


def test_without_answers_there_is_no_quantile() -> None:
    assert Window().p50_ms is None
    assert Window().p99_ms is None
    assert Window().error_rate == 0


def test_the_upper_end_of_a_quantile_is_its_bucket_s() -> None:
    latencies = Latencies(buckets=BUCKETS)
    assert [latencies.quantile_at_most(level) for level in (0.05, 0.5, 0.99, 1.0)] == [1.0, 5.0, 50.0, inf]
    assert Latencies().quantile_at_most(0.99) == inf


def test_only_answers_that_were_certainly_slower_count_as_slower() -> None:
    latencies = Latencies(buckets=BUCKETS)
    assert latencies.slower_than(5) == 10
    assert latencies.slower_than(6) == 1, "those between 5 and 50 may have taken 5.5"
    assert latencies.slower_than(1_000) == 0


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=8), st.floats(0, 1))
def test_a_quantile_lies_within_the_bounds_that_hold_an_answer(counts: list[int], level: float) -> None:
    bounds = [*(2.0**power for power in range(len(counts) - 1)), inf]
    sums = [sum(counts[: index + 1]) for index in range(len(counts))]
    latencies = Latencies(buckets=tuple(zip(bounds, sums, strict=True)))
    found = latencies.quantile(level)
    assert (found is None) == (latencies.total == 0)
    if found is not None:
        assert 0 <= found <= latencies.quantile_at_most(level)
