"""Two slots behind a gateway in made-up time: the ports of a shift, with everything that can go wrong in them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from serving.counters import Counters
from serving.predictions import ClassCounts
from serving.shift import OnStep, run, switch_back
from serving.shift_outcome import Look, Outcome
from serving.shift_plan import ShiftPlan, Weights

BOUNDS = (0.5, 1, 3, 5, 7.5, 10, 30, 50, 100, 1000, inf)


@dataclass(kw_only=True)
class SimulatedSlot:
    """How a slot answers; may be changed at any time.

    Attributes:
        latency_ms: of most answers.
        slow_share: share of answers that take `slow_ms`.
        error_share: share of requests that fail.
        healthy: whether a probe is answered.
        late: whether a probe is taken and not answered in its time.
        hanging: whether requests are taken and never answered.
        labels: shares of the predicted classes.
    """

    latency_ms: float = 3
    slow_share: float = 0
    slow_ms: float = 200
    error_share: float = 0
    healthy: bool = True
    late: bool = False
    hanging: bool = False
    labels: Mapping[str, float] | None = None
    requests: float = 0
    errors: float = 0
    slow: float = 0
    waiting: float = 0

    def take(self, requests: float) -> None:
        if self.hanging:
            self.waiting += requests
            return
        self.requests += requests
        self.errors += requests * self.error_share
        self.slow += requests * self.slow_share

    def forget(self) -> None:
        self.requests = self.errors = self.slow = 0

    def counters(self) -> Counters:
        requests, slow = int(self.requests), int(self.slow)
        fast = requests - slow
        return Counters(
            requests=requests,
            errors=int(self.errors),
            active=int(self.waiting),
            buckets=tuple(
                (bound, fast * (bound >= self.latency_ms) + slow * (bound >= self.slow_ms)) for bound in BOUNDS
            ),
            predictions=ClassCounts(counts={name: int(share * requests) for name, share in self.labels.items()})
            if self.labels
            else None,
        )


@dataclass(frozen=True, kw_only=True)
class Write:
    """One change of weights: when, what, and which of its slots answered their last probe before."""

    at: float
    weights: Weights
    answered: frozenset[str]


@dataclass(kw_only=True)
class World:
    """Slots blue and green, the gateway before them, and a clock; each is a port of a shift.

    Attributes:
        rate: requests a second, divided by the weights.
        events: `(time, what happens then)`, in order of time.
        call_seconds: what each call of a port takes.
        refusals: the gateway refuses this many writes, after `accepted` good ones.
        readable: whether counters can be read.
        silent: whether nothing answers, gateway and probes alike.
    """

    rate: float = 500
    weights: Weights = field(default_factory=lambda: {"blue": 100, "green": 0})
    events: Iterable[tuple[float, Callable[["World"], object]]] = ()
    call_seconds: float = 0
    refusals: int = 0
    accepted: int = 0
    readable: bool = True
    silent: bool = False
    time: float = 0
    slots: dict[str, SimulatedSlot] = field(default_factory=lambda: {"blue": SimulatedSlot(), "green": SimulatedSlot()})
    writes: list[Write] = field(default_factory=list)
    mirrored: dict[str, int] = field(default_factory=dict)
    mirror_calls: list[tuple[str, int | None]] = field(default_factory=list)
    answered: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pending = sorted(self.events, key=lambda event: event[0])

    @property
    def blue(self) -> SimulatedSlot:
        return self.slots["blue"]

    @property
    def green(self) -> SimulatedSlot:
        return self.slots["green"]

    def call(self) -> None:
        self.pass_time(self.call_seconds)
        if self.silent:
            raise TimeoutError

    def pass_time(self, seconds: float) -> None:
        end = self.time + seconds
        while self.pending and self.pending[0][0] <= end:
            at, event = self.pending.pop(0)
            self._serve(max(0.0, at - self.time))
            event(self)
        self._serve(end - self.time)

    def _serve(self, seconds: float) -> None:
        for name, slot in self.slots.items():
            share = self.weights.get(name, 0) + self.mirrored.get(name, 0)
            slot.take(self.rate * seconds * share / 100)
        self.time += seconds

    def restart_gateway(self) -> None:
        for slot in self.slots.values():
            slot.forget()


@dataclass(kw_only=True)
class SimulatedTraffic:
    """The port Traffic."""

    world: World

    def read(self) -> Mapping[str, int]:
        self.world.call()
        return self.world.weights

    def write(self, weights: Mapping[str, int]) -> None:
        world = self.world
        world.call()
        if len(world.writes) >= world.accepted and world.refusals:
            world.refusals -= 1
            raise OSError("the gateway rejected the routes")
        world.weights = dict(weights)
        world.writes.append(Write(at=world.time, weights=world.weights, answered=frozenset(world.answered)))

    def mirror(self, slot: str, percent: int | None) -> None:
        self.world.call()
        self.world.mirrored = {slot: percent} if percent else {}
        self.world.mirror_calls.append((slot, percent))


@dataclass(kw_only=True)
class SimulatedMetrics:
    """The port SlotMetrics."""

    world: World

    def read(self, slot: str) -> Counters:
        self.world.call()
        if not self.world.readable:
            raise ConnectionError("admin socket is gone")
        return self.world.slots[slot].counters()

    def healthy(self, slot: str) -> bool:
        self.world.call()
        if self.world.slots[slot].late:
            raise TimeoutError("no answer in time")
        (self.world.answered.add if self.world.slots[slot].healthy else self.world.answered.discard)(slot)
        return self.world.slots[slot].healthy


@dataclass(kw_only=True)
class SimulatedClock:
    """The port Clock."""

    world: World

    def now(self) -> float:
        return self.world.time

    def sleep(self, seconds: float) -> None:
        self.world.pass_time(seconds)


def shift(world: World, live: str | None = "blue", on_step: OnStep | None = None, **settings: Any) -> Outcome:
    """Shift to green, by default from blue."""
    return run(
        ShiftPlan(**settings),
        SimulatedTraffic(world=world),
        SimulatedMetrics(world=world),
        SimulatedClock(world=world),
        live=live,
        candidate="green",
        on_step=on_step or _ignored,
    )


def roll_back(world: World) -> Outcome:
    """Switch from green back to blue."""
    ports = SimulatedTraffic(world=world), SimulatedMetrics(world=world), SimulatedClock(world=world)
    return switch_back(*ports, to="blue", away_from="green")


def _ignored(look: Look) -> None:
    """Show nothing."""


def shares(world: World) -> list[int]:
    """Say what share green got at each write."""
    return [write.weights["green"] for write in world.writes]


def raising(error: BaseException) -> Callable[[World], object]:
    """Make an event that raises out of whatever the shift waits for."""

    def event(_: World) -> None:
        raise error

    return event


def setting(slot: str, **fields: object) -> Callable[[World], object]:
    """Make an event that changes how a slot behaves."""

    def event(world: World) -> None:
        for name, value in fields.items():
            setattr(world.slots[slot], name, value)

    return event
