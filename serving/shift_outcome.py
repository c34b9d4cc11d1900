"""What a shift did and how it ended, and both in words."""

from dataclasses import dataclass
from typing import Literal

from serving.figures import count, percent
from serving.shift_plan import ALL, Weights
from serving.slo import Verdict
from serving.window import Window

Status = Literal["done", "aborted", "interrupted"]


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a step.

    Attributes:
        seconds: since the shift began.
        weights: in force while the windows were taken.
        mirrored_percent: share of live requests that was copied to the candidate, 0 outside the mirror phase.
        candidate: what the candidate did since the step began.
        live: what the live slot did since the step began.
        verdict: what came of it.
    """

    seconds: float
    weights: Weights
    mirrored_percent: int
    candidate: Window
    live: Window
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a shift ended. Only `done` means that the candidate is live now.

    Attributes:
        status: `done`; `aborted`, when a limit was broken or a port failed; `interrupted`, when somebody stopped it.
        live: the slot that was live before; None for a first deployment.
        candidate: the slot that was to become live.
        remarks: what was found at the beginning and met on the way, in sentences.
        weights: where traffic is now, as the gateway says; None when it could not be asked.
        verdict: what ended it: the setting or port, the sentence, figure and limit.
        looks: every look at every step.
        seconds: how long it took.
        cause: the exception behind it, if there was one.
    """

    status: Status
    live: str | None
    candidate: str
    remarks: tuple[str, ...]
    weights: Weights | None
    verdict: Verdict
    looks: tuple[Look, ...] = ()
    seconds: float = 0.0
    cause: BaseException | None = None

    @property
    def moved(self) -> bool:
        """Say whether the candidate is live now."""
        return self.status == "done"


def where(weights: Weights | None) -> str:
    """Say where traffic is."""
    if weights is None:
        return "where traffic is could not be read; look at the gateway before anything else"
    carrying = {slot: share for slot, share in sorted(weights.items()) if share}
    if list(carrying.values()) == [ALL]:
        return f"all traffic is on {next(iter(carrying))}"
    return f"traffic is on {' and '.join(f'{slot} ({percent}%)' for slot, percent in carrying.items()) or 'no slot'}"


def explain(outcome: Outcome) -> str:
    """Say how a shift ended: what decided, its figures, and where traffic is now."""
    if outcome.moved:
        return f"shift to {outcome.candidate} is done in {outcome.seconds:.1f} s; {where(outcome.weights)}."
    return (
        f"shift to {outcome.candidate} was {outcome.status} after {outcome.seconds:.1f} s by {outcome.verdict.check}: "
        f"{outcome.verdict.reason}; {where(outcome.weights)}."
    )


def format_look(look: Look, candidate: str, live: str) -> str:
    """Write a look as one line of at most 110 columns, the live slot's figures first.

    For example: `blue  75% green  25%  req 151/49    err 0%/0%         p99 7.1/7.4 ms    advance`. While requests are
    mirrored the candidate has no share of its own; then `green +20%` is the share that is copied.
    """
    mirrored = f"+{look.mirrored_percent}%" if look.mirrored_percent else f"{look.weights.get(candidate, 0)}%"
    weights = f"{live} {look.weights.get(live, 0):>3}% {candidate} {mirrored:>4}"
    requests = f"{count(look.live.requests)}/{count(look.candidate.requests)}"
    errors = f"{percent(look.live.error_rate)}/{percent(look.candidate.error_rate)}"
    latency = f"{_short(look.live.p99_ms)}/{_short(look.candidate.p99_ms)} ms"
    plain = look.verdict.check == "all"
    verdict = look.verdict.action if plain else f"{look.verdict.action}: {look.verdict.check}"
    return f"{weights}  req {requests:<9} err {errors:<13} p99 {latency:<13} {verdict}"


def _short(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if value < ALL else f"{value:.0f}"
