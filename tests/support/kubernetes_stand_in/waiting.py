"""Waiting until an object is ready, and saying meanwhile why it is not."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.support.kubernetes_stand_in.cluster import Object
from tests.support.kubernetes_stand_in.verdict import Problem, Verdict

PATIENCE_SECONDS = 30.0
"""How long a problem that only a person can end may last before it ends the wait."""
INTERVAL_SECONDS = 0.5

Tell = Callable[[str, bool], None]
"""Takes a sentence, and whether it is a problem (kept in the log) or progress (shown and forgotten)."""


Pause = Callable[[float], bool]
"""Lets so many seconds pass; true when the engine wants no more of this."""


@dataclass(frozen=True)
class Call:
    """One request of the engine.

    Args:
        seconds: How long it may take by the program's `customTimeouts`; 0 when they say nothing.
        tell: Hears how it goes.
        pause: Lets time pass.
        doomed: Whether another object of this run has failed, so that the run fails whatever this call brings.
    """

    seconds: float
    tell: Tell
    pause: Pause
    doomed: Callable[[], bool]


class NotReadyError(Exception):
    """An object exists, but is not what was asked for.

    Args:
        item: It, as last seen; None when it is gone.
        reasons: Why, the most telling first.
    """

    def __init__(self, item: Object | None, reasons: list[str]) -> None:
        super().__init__("; ".join(reasons))
        self.item = item
        self.reasons = reasons


@dataclass(frozen=True)
class Wait:
    """How one wait is done.

    Args:
        seconds: When to give up.
        tell: Hears each new sentence once.
        pause: Lets time pass between two looks, and ends the wait.
        patience_seconds: How long a lasting problem may last.
        interval_seconds: Between two looks.
        now: Clock, in seconds.
    """

    seconds: float
    tell: Tell
    pause: Pause
    patience_seconds: float = PATIENCE_SECONDS
    interval_seconds: float = INTERVAL_SECONDS
    now: Callable[[], float] = time.monotonic

    def until_ready(self, look: Callable[[], tuple[Object | None, Verdict]]) -> Object:
        """Look again and again until the verdict is good.

        Raises:
            NotReadyError: It failed, went away, a lasting problem lasted, the time is over, or somebody interrupts.
        """
        start, since, told = self.now(), None, _Told(self.tell)
        while True:
            item, verdict = look()
            if item is not None and verdict.done:
                return item
            lasting = [problem.text for problem in verdict.problems if problem.lasting]
            since = (since if since is not None else self.now()) if lasting else None
            if reasons := self._over(item, verdict, start, since):
                raise NotReadyError(item, reasons)
            told.hear(verdict)
            if self.pause(self.interval_seconds):
                raise NotReadyError(item, ["interrupted", *_reasons(verdict)])

    def _over(self, item: Object | None, verdict: Verdict, start: float, since: float | None) -> list[str]:
        if item is None:
            return ["it was deleted while it was waited for"]
        if verdict.failed:
            return [verdict.failed]
        if since is not None and self.now() - since >= self.patience_seconds:
            return [*_texts(verdict.problems), f"still waiting {verdict.waiting}; this does not end by itself"]
        if self.now() - start >= self.seconds:
            return [*_texts(verdict.problems), f"timed out after {self.seconds:g} s waiting {verdict.waiting}"]
        return []

    def until_gone(self, look: Callable[[], Object | None]) -> None:
        """Look again and again until the object is no more.

        Raises:
            NotReadyError: It is still there after the time, or somebody interrupts.
        """
        start, told = self.now(), _Told(self.tell)
        while (item := look()) is not None:
            waiting = f"for its end; it has the finalizers {', '.join(item['metadata'].get('finalizers') or ['none'])}"
            if self.now() - start >= self.seconds:
                raise NotReadyError(item, [f"timed out after {self.seconds:g} s waiting {waiting}"])
            told.hear(Verdict(waiting=waiting))
            if self.pause(self.interval_seconds):
                raise NotReadyError(item, ["interrupted while it is being deleted"])


class _Told:
    """Says nothing twice."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._said: set[str] = set()
        self._progress = ""

    def hear(self, verdict: Verdict) -> None:
        for text in _texts(verdict.problems):
            if text not in self._said:
                self._said.add(text)
                self._tell(text, True)
        if verdict.waiting and verdict.waiting != self._progress:
            self._progress = verdict.waiting
            self._tell(f"waiting {verdict.waiting}", False)


def _texts(problems: tuple[Problem, ...]) -> list[str]:
    return [problem.text for problem in sorted(problems, key=lambda each: not each.lasting)]


def _reasons(verdict: Verdict) -> list[str]:
    return [*_texts(verdict.problems), *([f"it was waiting {verdict.waiting}"] if verdict.waiting else [])]
