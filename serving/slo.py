"""The verdict on a step: do the two windows say go on, look again, or go back?

Every limit is judged the same way. A breach that the Wilson bound confirms aborts, at any time. A breach that the
bound does not confirm, and fewer than `min_requests` requests, are "too little to tell": the step goes on until there
is more, and after `max_hold_seconds` does what the plan's `on_thin_traffic` says.

A p99 is a share too: "p99 above the limit" is "more than 1 of 100 answers slower than the limit", and 3 slow ones
of 50 are evidence where the p99 of 50 answers, which is the slowest of them, would be anecdote.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from math import sqrt
from typing import Literal

from serving.bounds import Z, at_least, difference_at_least
from serving.figures import milliseconds, percent
from serving.predictions import distance
from serving.shift_plan import ShiftPlan
from serving.window import P99, Window

LATENCY_RESOLUTION_MS = 2.0
"""Differences of p99 below this are never judged: Envoy counts whole milliseconds, so each slot may be off by one."""

FEWEST_BREACHES = 3
"""Fewer failed or slow requests than this are an accident, however few requests there were in all."""

SLOW_SHARE = 1 - P99

Action = Literal["advance", "hold", "abort"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What to do, and why.

    Attributes:
        action: go on to the next step, look again, or go back.
        check: the setting that decided, e.g. `max_p99_ms`.
        reason: one sentence with the figures.
        figure: what was measured, in the unit of `limit`.
        limit: what was allowed.
    """

    action: Action
    check: str
    reason: str
    figure: float | None = None
    limit: float | None = None


class _Evidence(IntEnum):
    NONE = 0
    POSSIBLE = 1
    CLEAR = 2


@dataclass(frozen=True, kw_only=True)
class _Finding:
    check: str
    evidence: _Evidence
    reason: str
    figure: float | None
    limit: float | None

    def verdict(self, action: Action) -> Verdict:
        return Verdict(action=action, check=self.check, reason=self.reason, figure=self.figure, limit=self.limit)


def judge(plan: ShiftPlan, candidate: Window, live: Window, held_seconds: float) -> Verdict:
    """Judge a step by what both slots did in it. After `max_hold_seconds` the answer is never `hold`.

    Limits relative to the live slot are judged while that slot answered `min_requests` in the same window: figures
    from another time, or from a handful of requests, are no comparison.
    """
    found = max(_findings(plan, candidate, live), key=lambda finding: finding.evidence)
    if found.evidence is _Evidence.CLEAR:
        return found.verdict("abort")
    if held_seconds < plan.hold_seconds:
        return Verdict(action="hold", check="hold_seconds", reason="watching")
    undecided = found if found.evidence is _Evidence.POSSIBLE else _thin(plan, candidate)
    if undecided is None:
        return Verdict(action="advance", check="all", reason="all limits kept")
    if held_seconds < plan.max_hold_seconds and not _nobody_asks(plan, candidate, live):
        return undecided.verdict("hold")
    excused = plan.on_thin_traffic == "advance" and not _inexcusable(undecided, candidate, live)
    return undecided.verdict("advance" if excused else "abort")


def _nobody_asks(plan: ShiftPlan, candidate: Window, live: Window) -> bool:
    """Say whether waiting tells nothing: no request for any slot, and the plan would advance in the end anyway."""
    asked = any((candidate.requests, live.requests, candidate.active, live.active))
    return plan.on_thin_traffic == "advance" and not (asked or candidate.restarted or live.restarted)


def _inexcusable(undecided: _Finding, candidate: Window, live: Window) -> bool:
    """Say whether more than thin traffic is at work: requests that never end, or predictions that nobody counts."""
    if undecided.check == "unanswered":
        return candidate.stuck > 0
    return undecided.check == "max_prediction_distance" and None in (candidate.predictions, live.predictions)


def _findings(plan: ShiftPlan, candidate: Window, live: Window) -> Iterator[_Finding]:
    yield _error_rate(plan, candidate)
    if live.requests >= plan.min_requests and candidate.requests:
        yield _error_rate_difference(plan, candidate, live)
    yield _p99(plan, candidate)
    if live.latencies.total >= plan.min_requests:
        yield _p99_ratio(plan, candidate, live)
    yield _unanswered(plan, candidate)
    if plan.max_prediction_distance is not None and min(candidate.requests, live.requests) >= plan.min_requests:
        yield _prediction_distance(plan.max_prediction_distance, candidate, live)


def _evidence(count: int, total: int, limit: float) -> _Evidence:
    if count >= FEWEST_BREACHES and at_least(count, total) > limit:
        return _Evidence.CLEAR
    return _Evidence.POSSIBLE if count > limit * total else _Evidence.NONE


def _error_rate(plan: ShiftPlan, candidate: Window) -> _Finding:
    return _Finding(
        check="max_error_rate",
        evidence=_evidence(candidate.errors, candidate.requests, plan.max_error_rate),
        reason=(
            f"error rate {percent(candidate.error_rate)} ({candidate.errors} of {candidate.requests}), "
            f"limit {percent(plan.max_error_rate)}"
        ),
        figure=candidate.error_rate,
        limit=plan.max_error_rate,
    )


def _error_rate_difference(plan: ShiftPlan, candidate: Window, live: Window) -> _Finding:
    figure, limit = candidate.error_rate - live.error_rate, plan.max_error_rate_difference
    proven = difference_at_least(candidate.errors, candidate.requests, live.errors, live.requests) > limit
    clear = proven and candidate.errors >= FEWEST_BREACHES
    possible = _Evidence.POSSIBLE if figure > limit else _Evidence.NONE
    return _Finding(
        check="max_error_rate_difference",
        evidence=_Evidence.CLEAR if clear else possible,
        reason=(
            f"error rate {percent(candidate.error_rate)} ({candidate.errors} of {candidate.requests}) against "
            f"{percent(live.error_rate)} of the live slot, allowed difference {percent(limit)}"
        ),
        figure=figure,
        limit=limit,
    )


def _p99(plan: ShiftPlan, candidate: Window) -> _Finding:
    slow, timed = candidate.latencies.slower_than(plan.max_p99_ms), candidate.latencies.total
    return _Finding(
        check="max_p99_ms",
        evidence=_evidence(slow, timed, SLOW_SHARE),
        reason=f"p99 {milliseconds(candidate.p99_ms)} ({slow} of {timed} slower), limit {plan.max_p99_ms:g} ms",
        figure=candidate.p99_ms,
        limit=plan.max_p99_ms,
    )


def _p99_ratio(plan: ShiftPlan, candidate: Window, live: Window) -> _Finding:
    """Judge against what the live slot's p99 may be at most, given how few of its answers were seen."""
    timed = live.latencies.total
    highest = live.latencies.quantile_at_most(1 - at_least(SLOW_SHARE * timed, timed))
    limit_ms = max(highest * plan.max_p99_ratio, highest + LATENCY_RESOLUTION_MS)
    slow = candidate.latencies.slower_than(limit_ms)
    own, other = candidate.p99_ms, live.p99_ms
    return _Finding(
        check="max_p99_ratio",
        evidence=_evidence(slow, candidate.latencies.total, SLOW_SHARE),
        reason=(
            f"p99 {milliseconds(own)} against {milliseconds(other)} of the live slot ({slow} of "
            f"{candidate.latencies.total} slower than {milliseconds(limit_ms)}), limit {plan.max_p99_ratio:g} times"
        ),
        figure=own / other if own is not None and other else None,
        limit=plan.max_p99_ratio,
    )


def _unanswered(plan: ShiftPlan, candidate: Window) -> _Finding:
    """Judge requests in flight: a hanging slot has neither errors nor latencies until its timeouts come in.

    By Little's law (mean in flight = rate x mean time) a slot within its limits has no more than this in flight; the
    rest is the spread of a Poisson variable. Two readings in a row must show it: one may have met a burst.
    """
    rate = (candidate.requests + candidate.active) / candidate.seconds if candidate.seconds else 0.0
    in_flight = rate * plan.max_p99_ms / 1000
    limit = max(FEWEST_BREACHES - 1, in_flight + Z * sqrt(in_flight))
    return _Finding(
        check="unanswered",
        evidence=_Evidence(int(candidate.active > limit) + int(candidate.stuck > limit)),
        reason=(
            f"{candidate.active} requests wait for an answer while {candidate.requests} were answered in "
            f"{candidate.seconds:.0f} s; {limit:.0f} may wait at a p99 of {milliseconds(plan.max_p99_ms)}"
        ),
        figure=candidate.active,
        limit=round(limit, 1),
    )


def _prediction_distance(limit: float, candidate: Window, live: Window) -> _Finding:
    found = distance(candidate.predictions, live.predictions)
    if found is None:
        evidence, reason = _Evidence.POSSIBLE, "predictions of the two slots were not counted, or too few"
    else:
        evidence = _Evidence(int(found.figure > limit) + int(found.at_least > limit))
        reason = f"predictions are {found.figure:.3f} apart (at least {found.at_least:.3f}), limit {limit:g}"
    return _Finding(
        check="max_prediction_distance",
        evidence=evidence,
        reason=reason,
        figure=found.figure if found else None,
        limit=limit,
    )


def _thin(plan: ShiftPlan, candidate: Window) -> _Finding | None:
    seen = min(candidate.requests, candidate.latencies.total)
    if seen >= plan.min_requests:
        return None
    if candidate.stuck:
        return _unanswered(plan, candidate)
    return _Finding(
        check="min_requests",
        evidence=_Evidence.POSSIBLE,
        reason=f"thin traffic: {seen} of {plan.min_requests} requests",
        figure=seen,
        limit=plan.min_requests,
    )
