"""Moving traffic from the live slot to the candidate, step by step, and back by itself.

A state machine over three ports: it decides, they act. It never ends in silence: whatever happens, `run` returns an
outcome that says why it ended and where traffic is. It does not raise, not even for a KeyboardInterrupt or for what a
SIGTERM handler raises inside `Clock.sleep`: only after the way back is there something true to say. So a caller must
look at `Outcome.moved`; `interrupted` and `aborted` are failures.

What holds at any time, and is tested with random histories:

- weights are whole numbers that sum to 100;
- no step gives weight to a slot that did not just answer. Only the way back does: the live slot is where traffic
  belongs when the candidate failed, whether or not it answers a probe at that moment;
- whatever is not `done` has all weight on the slot that was live, or says that the gateway refused that;
- it ends within `shift_plan.longest_seconds`.

A process that is killed leaves the weights of its last step, or its mirror. The next `run` finds the weights, says so,
and goes on; a mirror is ended by whatever comes next.
"""

import sys
from collections.abc import Callable
from dataclasses import replace

from serving.shift_outcome import Look, Outcome, Status
from serving.shift_plan import ALL, LIVE_PATIENCE_SECONDS, SETTLE_SECONDS, ShiftPlan, Weights
from serving.shift_ports import Clock, SlotMetrics, Traffic
from serving.shift_watch import GoBack, Watch, broken, require_healthy
from serving.slo import Verdict

TRIES = 3
"""How often the way back, and the question where traffic is, are tried: a second Ctrl-C must not cut them off."""

OnStep = Callable[[Look], None]


def run(
    plan: ShiftPlan,
    traffic: Traffic,
    metrics: SlotMetrics,
    clock: Clock,
    *,
    live: str | None,
    candidate: str,
    on_step: OnStep = lambda _: None,
) -> Outcome:
    """Shift all traffic to the candidate, or put it all back.

    Weights of an earlier shift that was cut off are taken up where they are: that step is judged again. A live slot
    that is gone has nothing to be shifted from: a candidate within its limits gets all.

    Args:
        plan: steps, limits, patience.
        traffic: the model's routing.
        metrics: what is known of both slots.
        clock: time; its `sleep` raises to interrupt.
        live: the slot that is live; None at a first deployment, which gets 100 % at once if it answers.
        candidate: the slot to become live.
        on_step: called with the look that ends a step, and with the first one that prolongs it.
    """
    if live is None:
        return _first(traffic, metrics, clock, candidate)
    shift = _Shift(plan, traffic, metrics, clock, live=live, candidate=candidate, on_step=on_step)
    try:
        return shift.forward()
    except GoBack as decision:
        return shift.back("aborted", decision.verdict, decision.__cause__)
    except Exception as error:  # noqa: BLE001 - whatever broke, traffic goes back and the outcome names it
        return shift.back("aborted", broken("shift", "the shift itself failed", error), error)
    except BaseException as error:  # noqa: BLE001 - an interruption is an outcome, see above
        return shift.back("interrupted", broken("interruption", "somebody stopped it", error), error)


def switch_back(traffic: Traffic, metrics: SlotMetrics, clock: Clock, *, to: str, away_from: str) -> Outcome:
    """Put all traffic on a slot in one write after one health inference: no steps, no watching.

    For a slot that was live before and has kept its release: a rollback, or the remains of a shift that is not wanted
    any more. A slot that does not answer gets nothing, and traffic stays where it is.
    """
    return _at_once(traffic, metrics, clock, live=away_from, candidate=to, remark=f"{to} was live before")


def first_step(plan: ShiftPlan, weights: Weights, live: str, candidate: str) -> tuple[int, str]:
    """Decide where a shift begins, from the weights that are in force.

    Returns:
        The index of the first step to make, and a sentence that says what was found.
    """
    share = weights.get(candidate, 0)
    if share + weights.get(live, 0) != ALL or not 0 <= share <= ALL:
        found = ", ".join(f"{slot} {percent}%" for slot, percent in sorted(weights.items())) or "no weights"
        return 0, f"found {found}, which no shift leaves behind; begins with the first step"
    if share == 0:
        return 0, f"found all traffic on {live}"
    index = max((index for index, percent in enumerate(plan.steps_percent) if percent <= share), default=0)
    step = plan.steps_percent[index]
    found = f"found {live} {ALL - share}%, {candidate} {share}% of a shift that was cut off"
    return index, f"{found}; goes on with its step at {step}%"


def _first(traffic: Traffic, metrics: SlotMetrics, clock: Clock, candidate: str) -> Outcome:
    return _at_once(traffic, metrics, clock, live=None, candidate=candidate, remark="no slot was live before")


def _at_once(
    traffic: Traffic, metrics: SlotMetrics, clock: Clock, *, live: str | None, candidate: str, remark: str
) -> Outcome:
    start = clock.now()
    status: Status = "aborted"
    cause: BaseException | None = None
    try:
        require_healthy(metrics, candidate)
        _put(lambda: traffic.write({candidate: ALL} if live is None else {candidate: ALL, live: 0}))
        if live is not None:
            _put(lambda: traffic.mirror(live, None))
        status, verdict = "done", Verdict(action="advance", check="health", reason=f"{candidate} answers")
    except GoBack as decision:
        verdict, cause = decision.verdict, decision.__cause__
    except BaseException as error:  # noqa: BLE001 - an interruption is an outcome, see above
        status, verdict, cause = "interrupted", broken("interruption", "somebody stopped it", error), error
    return Outcome(
        status=status,
        live=live,
        candidate=candidate,
        remarks=(remark,),
        weights=in_force(traffic),
        verdict=verdict,
        seconds=clock.now() - start,
        cause=cause,
    )


class _Shift:
    """One run over steps, and what it has seen so far."""

    def __init__(
        self,
        plan: ShiftPlan,
        traffic: Traffic,
        metrics: SlotMetrics,
        clock: Clock,
        *,
        live: str,
        candidate: str,
        on_step: OnStep,
    ) -> None:
        self.plan, self.traffic, self.metrics, self.clock = plan, traffic, metrics, clock
        self.live, self.candidate, self.on_step = live, candidate, on_step
        self.watch = Watch(metrics=metrics, clock=clock, live=live, candidate=candidate, start=clock.now())
        self.mirrored_percent = 0
        self.remarks: list[str] = []
        self.looks: list[Look] = []

    def forward(self) -> Outcome:
        weights = self.traffic.read()
        index, found = first_step(self.plan, weights, self.live, self.candidate)
        self.remarks.append(found)
        self.traffic.mirror(self.candidate, None)
        self.clock.sleep(SETTLE_SECONDS)
        if self.plan.mirror_percent and weights.get(self.live) == ALL:
            self.mirror()
        for percent in self.plan.steps_percent[index:]:
            share = self.reachable(percent)
            self.step(share)
            if share == ALL:
                break
        return self.end("done", self.looks[-1].verdict)

    def back(self, status: Status, verdict: Verdict, cause: BaseException | None) -> Outcome:
        problem = self.restore()
        if problem:
            met = f"the way back met {type(problem).__name__}: {problem}"
            verdict = replace(verdict, reason=f"{verdict.reason}; {met}")
        if self.looks and self.looks[-1].verdict.action == "abort":
            self.show_last()
        return self.end(status, verdict, cause)

    def end(self, status: Status, verdict: Verdict, cause: BaseException | None = None) -> Outcome:
        return Outcome(
            status=status,
            live=self.live,
            candidate=self.candidate,
            remarks=tuple(self.remarks),
            weights=in_force(self.traffic),
            verdict=verdict,
            looks=tuple(self.looks),
            seconds=self.clock.now() - self.watch.start,
            cause=cause,
        )

    def mirror(self) -> None:
        require_healthy(self.metrics, self.candidate)
        self.mirrored_percent = self.plan.mirror_percent
        self.traffic.mirror(self.candidate, self.mirrored_percent)
        seconds = self.plan.mirror_seconds
        self.judge(
            replace(self.plan, hold_seconds=seconds, max_hold_seconds=seconds), {self.live: ALL, self.candidate: 0}
        )
        self.traffic.mirror(self.candidate, None)
        self.mirrored_percent = 0

    def reachable(self, percent: int) -> int:
        if percent == ALL or self.watch.live_answers():
            return percent
        remark = f"{self.live} did not answer for {LIVE_PATIENCE_SECONDS:.0f} s; {self.candidate} gets all at once"
        self.remarks.append(remark)
        return ALL

    def step(self, percent: int) -> None:
        require_healthy(self.metrics, self.candidate)
        weights = {self.live: ALL - percent, self.candidate: percent}
        _put(lambda: self.traffic.write(weights))
        self.judge(self.plan, weights)

    def judge(self, plan: ShiftPlan, weights: Weights) -> None:
        prolonged = False
        for look in self.watch.looks(plan, weights, self.mirrored_percent):
            self.looks.append(look)
            if look.verdict.action == "abort":
                raise GoBack(look.verdict)
            if look.verdict.action == "advance" or not (prolonged or look.verdict.check == "hold_seconds"):
                prolonged = True
                self.on_step(look)

    def show_last(self) -> None:
        try:
            self.on_step(self.looks[-1])
        except BaseException as error:  # noqa: BLE001 - traffic is back, and that is to be told
            self.remarks.append(f"the last step could not be shown ({type(error).__name__}: {error})")

    def restore(self) -> BaseException | None:
        """Put all weight back in one write, and end the mirror."""
        weights = {self.live: ALL, self.candidate: 0}
        refused = _tried(lambda: self.traffic.write(weights))
        mirroring = _tried(lambda: self.traffic.mirror(self.candidate, None)) if self.mirrored_percent else None
        return refused or mirroring


def _tried(action: Callable[[], object]) -> BaseException | None:
    problem: BaseException | None = None
    for _ in range(TRIES):
        try:
            action()
        except BaseException as error:  # noqa: BLE001 - tried again, and told if it stays
            problem = error
        else:
            return None
    return problem


def _put(change: Callable[[], object]) -> None:
    try:
        change()
    except Exception as error:
        raise GoBack(broken("traffic", "the gateway did not take a change", error)) from error


def in_force(traffic: Traffic) -> Weights | None:
    """Return the weights that are in force; None when the gateway cannot be asked."""
    for _ in range(TRIES):
        try:
            return dict(traffic.read())
        except BaseException:  # noqa: BLE001, S112 - unknown is an answer here, and the outcome says it
            continue
    return None


if __name__ == "__main__":
    from serving.shift_command import main

    sys.exit(main())
