"""Watching both slots during one step of a shift: readings, windows, verdicts, and what ends the patience."""

from collections.abc import Iterator
from dataclasses import dataclass

from serving.counters import Counters
from serving.shift_outcome import Look
from serving.shift_plan import LIVE_PATIENCE_SECONDS, RETRY_SECONDS, UNREADABLE_SECONDS, ShiftPlan, Weights
from serving.shift_ports import Clock, SlotMetrics
from serving.slo import Verdict, judge
from serving.window import Window


class GoBack(Exception):  # noqa: N818 - a decision, not an error
    """The shift must not go on; `verdict` says why."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.reason)
        self.verdict = verdict


def broken(check: str, what: str, error: BaseException) -> Verdict:
    """Turn an exception into a verdict."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Verdict(action="abort", check=check, reason=f"{what} ({text})")


def require_healthy(metrics: SlotMetrics, slot: str) -> None:
    """Probe a slot.

    Raises:
        GoBack: it does not answer an inference, or the probe itself failed.
    """
    try:
        healthy = metrics.healthy(slot)
    except Exception as error:
        raise GoBack(broken("health", f"{slot} could not be probed", error)) from error
    if not healthy:
        raise GoBack(Verdict(action="abort", check="health", reason=f"{slot} does not answer an inference"))


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Both slots of a shift, and the moment it began."""

    metrics: SlotMetrics
    clock: Clock
    live: str
    candidate: str
    start: float

    def looks(self, plan: ShiftPlan, weights: Weights, mirrored_percent: int = 0) -> Iterator[Look]:
        """Look at a step again and again until a verdict is not `hold`.

        A gateway that restarts in between begins a new window, as its counters begin anew.

        Raises:
            GoBack: the candidate does not answer any more, or the counters cannot be read.
        """
        before = previous = self._readings()
        begun = since = self.clock.now()
        while True:
            self.clock.sleep(plan.look_seconds)
            require_healthy(self.metrics, self.candidate)
            after, now = self._readings(), self.clock.now()
            own, other = (
                Window.between(before[slot], after[slot], previous=previous[slot], seconds=now - since)
                for slot in (self.candidate, self.live)
            )
            verdict = judge(plan, own, other, now - begun)
            yield Look(
                seconds=now - self.start,
                weights=weights,
                mirrored_percent=mirrored_percent,
                candidate=own,
                live=other,
                verdict=verdict,
            )
            if verdict.action != "hold":
                return
            if own.restarted or other.restarted:
                before, since = after, now
            previous = after

    def live_answers(self) -> bool:
        """Say whether the live slot answers, after waiting for a supervised restart if it does not.

        One that is only late has more to do than it can, and so would have the other one, if it got all at once.
        """
        give_up = self.clock.now() + LIVE_PATIENCE_SECONDS
        while True:
            try:
                require_healthy(self.metrics, self.live)
            except GoBack as found:
                if isinstance(found.__cause__, TimeoutError):
                    return True
                if self.clock.now() >= give_up:
                    return False
                self.clock.sleep(RETRY_SECONDS)
            else:
                return True

    def _readings(self) -> dict[str, Counters]:
        give_up = self.clock.now() + UNREADABLE_SECONDS
        while True:
            try:
                return {slot: self.metrics.read(slot) for slot in (self.candidate, self.live)}
            except Exception as error:
                if self.clock.now() >= give_up:
                    what = f"the gateway's counters were unreadable for {UNREADABLE_SECONDS:.0f} s"
                    raise GoBack(broken("metrics", what, error)) from error
            self.clock.sleep(RETRY_SECONDS)
