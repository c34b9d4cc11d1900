"""A step is judged by evidence: clear breaches abort, accidents and thin traffic do not."""

from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.predictions import ClassCounts, Predictions
from serving.shift_plan import ShiftPlan
from serving.slo import Verdict, judge
from serving.window import Latencies, Window

BOUNDS = (0.5, 1, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 50, 75, 100, 250, 1000, inf)
PLAN = ShiftPlan(hold_seconds=2, max_hold_seconds=60, min_requests=50)
ENOUGH, AT_LAST = 2.0, 60.0


def latencies(fast: int, fast_ms: float, slow: int = 0, slow_ms: float = 200) -> Latencies:
    return Latencies(buckets=tuple((bound, fast * (bound >= fast_ms) + slow * (bound >= slow_ms)) for bound in BOUNDS))


def window(requests: int = 1_000, errors: int = 0, *, ms: float = 3, slow: int = 0, **more: Any) -> Window:
    fields: dict[str, Any] = {"latencies": latencies(requests - slow, ms, slow), "seconds": 2.0} | more
    return Window(requests=requests, errors=errors, **fields)


def judged(
    candidate: Window, live: Window | None = None, held: float = ENOUGH, plan: ShiftPlan = PLAN, **settings: Any
) -> Verdict:
    return judge(ShiftPlan(**vars(plan) | settings), candidate, live or window(), held)


def counted(**shares: int) -> Predictions:
    return ClassCounts(counts=shares)


def test_a_slot_that_keeps_all_limits_advances() -> None:
    assert judged(window()).action == "advance"


def test_before_the_hold_is_over_nothing_advances() -> None:
    assert judged(window(), held=1.9).action == "hold"


class TestErrors:
    def test_a_clear_breach_aborts_with_its_figures(self) -> None:
        verdict = judged(window(200, 10))
        assert (verdict.action, verdict.check, verdict.limit) == ("abort", "max_error_rate", 0.001)
        assert verdict.figure == pytest.approx(0.05)
        assert verdict.reason == "error rate 5% (10 of 200), limit 0.1%"

    def test_a_clear_breach_does_not_wait_for_the_hold_or_for_more_requests(self) -> None:
        assert judged(window(6, 6), held=0.5).action == "abort"

    @pytest.mark.parametrize("errors", [1, 2])
    @pytest.mark.parametrize("requests", [3, 50, 300])
    def test_one_or_two_unlucky_requests_hold_and_do_not_abort(self, requests: int, errors: int) -> None:
        assert judged(window(requests, errors)).action == "hold"

    def test_errors_within_the_limit_advance(self) -> None:
        assert judged(window(10_000, 9)).action == "advance"

    def test_a_breach_that_stays_unproven_is_thin_traffic_in_the_end(self) -> None:
        assert judged(window(200, 1), held=AT_LAST).action == "advance"
        refused = judged(window(200, 1), held=AT_LAST, on_thin_traffic="hold_failing")
        assert (refused.action, refused.check) == ("abort", "max_error_rate")

    def test_more_errors_than_the_live_slot_abort_though_the_absolute_limit_is_kept(self) -> None:
        verdict = judged(window(10_000, 150), window(10_000, 10), max_error_rate=0.05)
        assert (verdict.action, verdict.check) == ("abort", "max_error_rate_difference")
        assert "against 0.1% of the live slot" in verdict.reason

    def test_as_many_errors_as_the_live_slot_advance(self) -> None:
        assert judged(window(10_000, 150), window(10_000, 150), max_error_rate=0.05).action == "advance"

    def test_a_live_slot_with_a_handful_of_requests_is_no_comparison(self) -> None:
        assert judged(window(10_000, 150), window(49, 0), max_error_rate=0.05).action == "advance"


class TestLatency:
    def test_answers_that_are_too_slow_abort_with_p99_and_limit(self) -> None:
        verdict = judged(window(slow=30))
        assert (verdict.action, verdict.check, verdict.limit) == ("abort", "max_p99_ms", 50)
        assert verdict.reason == "p99 200 ms (30 of 1000 slower), limit 50 ms"

    def test_the_slowest_of_fifty_is_an_anecdote(self) -> None:
        assert window(50, slow=1).p99_ms == pytest.approx(175), "the p99 of 50 answers is about the slowest of them"
        assert judged(window(50, slow=1)).action == "hold"

    def test_three_slow_answers_of_fifty_are_evidence(self) -> None:
        assert judged(window(50, slow=3)).action == "abort"

    def test_one_slow_answer_in_a_thousand_is_within_a_p99(self) -> None:
        assert judged(window(slow=1)).action == "advance"

    def test_a_slot_several_times_slower_than_the_live_one_aborts(self) -> None:
        verdict = judged(window(ms=20), window(ms=3))
        assert (verdict.action, verdict.check, verdict.limit) == ("abort", "max_p99_ratio", 1.5)
        assert verdict.figure is not None
        assert verdict.figure > 5
        assert "of the live slot (1000 of 1000 slower than" in verdict.reason

    @pytest.mark.parametrize(("own", "other"), [(0.5, 0.5), (2, 0.5), (3, 1), (4, 2)])
    def test_differences_that_envoy_cannot_resolve_are_not_judged(self, own: float, other: float) -> None:
        assert judged(window(ms=own), window(ms=other)).action == "advance", "whole milliseconds, each off by one"

    def test_a_live_slot_with_few_answers_may_have_a_slower_p99_than_was_seen(self) -> None:
        few, many = window(150, slow=1), window(15_000, slow=100)
        assert few.p99_ms == many.p99_ms == pytest.approx(3, abs=0.1)
        as_slow_as_few_may_be = window(slow=40)
        assert judged(as_slow_as_few_may_be, few, max_p99_ms=500).action == "advance"
        assert judged(as_slow_as_few_may_be, many, max_p99_ms=500).check == "max_p99_ratio"

    def test_answers_beyond_all_bounds_of_the_live_slot_leave_nothing_to_compare_with(self) -> None:
        endless = window(latencies=Latencies(buckets=((1.0, 0), (inf, 1_000))))
        assert judged(window(ms=20), endless).action == "advance"

    def test_requests_without_a_latency_do_not_count_as_watched(self) -> None:
        assert judged(window(latencies=Latencies())).check == "min_requests", "the gateway's histogram lags behind"


class TestThinTraffic:
    def test_few_requests_hold(self) -> None:
        verdict = judged(window(49))
        assert (verdict.action, verdict.check) == ("hold", "min_requests")
        assert verdict.reason == "thin traffic: 49 of 50 requests"

    def test_in_the_end_it_advances_by_default(self) -> None:
        assert judged(window(49), held=AT_LAST).action == "advance"

    def test_in_the_end_it_aborts_where_the_plan_says_so(self) -> None:
        verdict = judged(window(49), held=AT_LAST, on_thin_traffic="hold_failing")
        assert (verdict.action, verdict.check, verdict.figure, verdict.limit) == ("abort", "min_requests", 49, 50)

    def test_without_any_request_for_anyone_there_is_nothing_to_wait_for(self) -> None:
        assert judged(window(0), window(0)).action == "advance"
        assert judged(window(0), window(0), on_thin_traffic="hold_failing").action == "hold"

    def test_a_restarted_gateway_is_not_taken_for_silence(self) -> None:
        assert judged(Window(restarted=True), window(0)).action == "hold"


class TestUnanswered:
    def test_a_slot_that_answers_no_more_is_held_at_the_first_reading_and_aborted_at_the_second(self) -> None:
        assert judged(window(60, active=200)).check == "unanswered"
        assert judged(window(60, active=200)).action == "hold"
        verdict = judged(window(60, active=200, stuck=190))
        assert (verdict.action, verdict.check) == ("abort", "unanswered")
        assert verdict.reason.startswith("200 requests wait for an answer while 60 were answered in 2 s;")

    def test_a_busy_slot_within_its_limits_may_have_many_in_flight(self) -> None:
        assert judged(window(10_000, active=64, stuck=64)).action == "advance"

    def test_a_request_that_never_ends_is_no_thin_traffic(self) -> None:
        verdict = judged(window(1, active=1, stuck=1), held=AT_LAST)
        assert (verdict.action, verdict.check) == ("abort", "unanswered")

    def test_a_burst_at_the_last_look_is_forgiven(self) -> None:
        assert judged(window(60, active=30), held=AT_LAST).action == "advance"


class TestPredictions:
    def test_other_predictions_abort(self) -> None:
        verdict = judged(
            window(predictions=counted(cat=1_000)),
            window(predictions=counted(cat=500, dog=500)),
            max_prediction_distance=0.1,
        )
        assert (verdict.action, verdict.check, verdict.limit) == ("abort", "max_prediction_distance", 0.1)

    def test_the_same_predictions_advance(self) -> None:
        same = window(predictions=counted(cat=500, dog=500))
        assert judged(same, same, max_prediction_distance=0.1).action == "advance"

    def test_predictions_are_not_judged_unless_a_limit_is_set(self) -> None:
        one, other = window(predictions=counted(cat=1_000)), window(predictions=counted(dog=1_000))
        assert judged(one, other).action == "advance"

    def test_a_limit_on_predictions_that_nobody_counts_aborts_in_the_end(self) -> None:
        assert judged(window(), max_prediction_distance=0.1).action == "hold"
        assert judged(window(), max_prediction_distance=0.1, held=AT_LAST).action == "abort", "it cannot be measured"

    def test_too_few_predictions_are_thin_traffic(self) -> None:
        one, other = window(predictions=counted(cat=1)), window(predictions=counted(dog=1))
        assert judged(one, other, max_prediction_distance=0.1, held=AT_LAST).action == "advance"


COUNTS = st.integers(0, 5_000)


@st.composite
def windows(draw: st.DrawFn) -> Window:
    requests = draw(COUNTS)
    slow = draw(st.integers(0, requests))
    active = draw(st.integers(0, 300))
    return window(
        requests,
        draw(st.integers(0, requests)),
        ms=draw(st.sampled_from(BOUNDS[:-1])),
        slow=slow,
        active=active,
        stuck=draw(st.integers(0, active)),
        restarted=draw(st.booleans()),
    )


@given(windows(), windows(), st.floats(0, 120), st.sampled_from(["advance", "hold_failing"]))
def test_a_verdict_is_always_found_and_never_put_off_beyond_the_longest_hold(
    candidate: Window, live: Window, held: float, on_thin_traffic: str
) -> None:
    verdict = judged(candidate, live, held, on_thin_traffic=on_thin_traffic)
    assert verdict.action in ({"advance", "abort"} if held >= PLAN.max_hold_seconds else {"advance", "hold", "abort"})
    assert verdict.action != "advance" or held >= PLAN.hold_seconds
    assert verdict.action != "abort" or (verdict.figure is not None and verdict.limit is not None)


@given(windows(), st.floats(2, 60))
def test_the_same_behaviour_in_both_slots_is_never_blamed_on_the_candidate_relative_to_the_other(
    both: Window, held: float
) -> None:
    verdict = judged(both, both, held)
    assert verdict.action != "abort" or verdict.check not in {"max_error_rate_difference", "max_p99_ratio"}
