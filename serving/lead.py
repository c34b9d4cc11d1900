"""Which way traffic goes to the slot that is to be live: at once, back, or by a shift. The same on every platform."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Protocol, Self

from serving.shift import OnStep, in_force, run, switch_back
from serving.shift_outcome import Outcome
from serving.shift_plan import ShiftPlan
from serving.shift_ports import Clock, SlotMetrics, Traffic
from serving.shift_watch import broken


@dataclass(frozen=True, kw_only=True)
class Served:
    """A slot with the release that it ran while it was live."""

    slot: str
    release: str


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is remembered of a model's traffic.

    Args:
        live: What the last finished shift made live.
        previous: What was live before that: a slot that still runs it can be gone back to at once.
    """

    live: Served | None = None
    previous: Served | None = None

    def has(self, served: Served) -> bool:
        """Say whether a slot with this release is live, or was before: it needs no shift."""
        return served in (self.live, self.previous)

    def after(self, served: Served) -> Self:
        """Return what is known once another is live.

        What was left by a rollback is not noted: it was left for a reason, and comes back only by gate and shift.
        """
        if served == self.live:
            return self
        return type(self)(live=served, previous=None if served == self.previous else self.live)


class RememberedTraffic(Traffic, Protocol):
    """The routing of one model, and what was live."""

    def known(self) -> Known:
        """Read what is live, and what was before."""
        ...

    def remember(self, known: Known) -> None:
        """Note it for the next time."""
        ...


def lead(
    plan: ShiftPlan,
    traffic: RememberedTraffic,
    metrics: SlotMetrics,
    clock: Clock,
    *,
    to: Served,
    slots: Collection[str],
    on_step: OnStep,
) -> Outcome:
    """Lead all traffic of a model to a slot, the way that what was live makes right.

    Nothing was live: at once. The slot is or was live, with the same release: at once, after one inference. Otherwise:
    a shift, which takes up one that was cut off.

    Args:
        plan: of the shift.
        traffic: the model's routing.
        metrics: what is known of its slots.
        clock: time; its `sleep` raises to interrupt.
        to: what is to be live.
        slots: the slots that there are.
        on_step: called as by `serving.shift.run`.
    """
    known = traffic.known()
    others = [slot for slot in slots if slot != to.slot]
    if known.has(to) and others:
        outcome = switch_back(traffic, metrics, clock, to=to.slot, away_from=others[0])
    else:
        live = known.live.slot if known.live and known.live.slot != to.slot else None
        outcome = run(plan, traffic, metrics, clock, live=live, candidate=to.slot, on_step=on_step)
    return _remembered(traffic, known.after(to), outcome) if outcome.moved else outcome


def _remembered(traffic: RememberedTraffic, known: Known, outcome: Outcome) -> Outcome:
    """Note what is live now; what is not noted is not done, or the next shift would go the wrong way."""
    try:
        traffic.remember(known)
    except Exception as error:  # noqa: BLE001 - traffic was moved, and where it is must be told with this
        verdict = broken("memory", "what is live now could not be noted", error)
        return replace(outcome, status="aborted", verdict=verdict, weights=in_force(traffic), cause=error)
    return outcome
