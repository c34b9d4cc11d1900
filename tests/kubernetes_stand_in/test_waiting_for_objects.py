"""The wait itself, with a clock that only the test moves."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.kubernetes_stand_in.verdict import Problem, Verdict
from tests.support.kubernetes_stand_in.waiting import NotReadyError, Wait

_ITEM: dict[str, Any] = {"metadata": {"name": "a"}}
_READY = Verdict(done=True)
_SLOW = Verdict(waiting="for pods")
_QUOTA = Verdict(waiting="for pods", problems=(Problem("exceeded quota", lasting=True),))
_SHORT = Verdict(waiting="for pods", problems=(Problem("Unschedulable"),))


class _Clock:
    """Moves a second with each pause; ends the wait at a given time."""

    def __init__(self, stop_at: float = 1e9) -> None:
        self.seconds = 0.0
        self._stop_at = stop_at

    def pause(self, seconds: float) -> bool:
        self.seconds += seconds
        return self.seconds >= self._stop_at


def _wait(clock: _Clock, limit: float = 100, heard: list[tuple[str, bool]] | None = None) -> Wait:
    def tell(text: str, problem: bool) -> None:
        if heard is not None:
            heard.append((text, problem))

    return Wait(limit, tell, clock.pause, patience_seconds=30, interval_seconds=1, now=lambda: clock.seconds)


def _looks(verdicts: Sequence[Verdict]) -> Callable[[], tuple[dict[str, Any] | None, Verdict]]:
    """The verdicts one after the other, the last one for ever."""

    def answers() -> Iterator[Verdict]:
        yield from verdicts
        while True:
            yield verdicts[-1]

    left = answers()
    return lambda: (_ITEM, next(left))


@given(st.lists(st.sampled_from([_SLOW, _QUOTA, _SHORT]), max_size=25))
def test_an_object_that_gets_ready_in_time_is_good_whatever_was_said_before(before: list[Verdict]) -> None:
    assert _wait(_Clock()).until_ready(_looks([*before, _READY])) is _ITEM


@given(st.lists(st.sampled_from([_SLOW, _QUOTA, _SHORT]), min_size=1, max_size=40), st.integers(1, 60))
def test_no_wait_goes_on_beyond_its_time(verdicts: list[Verdict], limit: int) -> None:
    clock = _Clock()
    with pytest.raises(NotReadyError):
        _wait(clock, limit).until_ready(_looks(verdicts))
    assert clock.seconds <= limit


def test_a_problem_that_stays_ends_the_wait_long_before_its_time() -> None:
    clock = _Clock()
    with pytest.raises(NotReadyError, match="exceeded quota; still waiting for pods; this does not end by itself"):
        _wait(clock, 600).until_ready(_looks([_SLOW, _QUOTA]))
    assert clock.seconds == 31


def test_a_problem_that_comes_and_goes_does_not_end_the_wait() -> None:
    clock = _Clock()
    assert _wait(clock, 600).until_ready(_looks([*[_QUOTA] * 20, _SLOW, *[_QUOTA] * 20, _READY]))


def test_a_problem_that_may_pass_is_waited_for_and_named_at_the_end() -> None:
    with pytest.raises(NotReadyError, match="Unschedulable; timed out after 100 s waiting for pods"):
        _wait(_Clock()).until_ready(_looks([_SHORT]))


def test_what_failed_for_good_ends_the_wait_at_once() -> None:
    clock = _Clock()
    with pytest.raises(NotReadyError, match="the gate failed") as caught:
        _wait(clock).until_ready(_looks([Verdict(failed="the gate failed")]))
    assert clock.seconds == 0
    assert caught.value.item is _ITEM, "a failed object must stay in the state"


def test_an_interruption_ends_the_wait_with_what_it_waited_for() -> None:
    clock = _Clock(stop_at=5)
    with pytest.raises(NotReadyError, match="interrupted; exceeded quota; it was waiting for pods"):
        _wait(clock).until_ready(_looks([_QUOTA]))
    assert clock.seconds == 5


def test_an_object_that_somebody_deletes_is_not_waited_for() -> None:
    with pytest.raises(NotReadyError, match="deleted while it was waited for"):
        _wait(_Clock()).until_ready(lambda: (None, Verdict()))


def test_nothing_is_said_twice_and_problems_are_told_from_progress() -> None:
    heard: list[tuple[str, bool]] = []
    _wait(_Clock(), heard=heard).until_ready(_looks([_SLOW, _SLOW, _SHORT, _SHORT, _READY]))
    assert heard == [("waiting for pods", False), ("Unschedulable", True)]


def test_the_end_of_an_object_is_waited_for_and_its_finalizers_are_named() -> None:
    item: dict[str, Any] = {"metadata": {"name": "a", "finalizers": ["example.com/hold"]}}
    left = iter([item, item, None])
    _wait(_Clock()).until_gone(lambda: next(left))
    with pytest.raises(NotReadyError, match="timed out after 3 s waiting for its end; it has the finalizers example"):
        _wait(_Clock(), 3).until_gone(lambda: item)
    with pytest.raises(NotReadyError, match="interrupted while it is being deleted"):
        _wait(_Clock(stop_at=1)).until_gone(lambda: item)
