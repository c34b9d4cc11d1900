"""Thousands of random histories in made-up time: whatever happens, what the module promises holds."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from serving.shift_outcome import Outcome, explain
from serving.shift_plan import ShiftPlan, longest_seconds
from tests.support.simulated_slots import SimulatedSlot, World, raising, setting, shift

HISTORIES = 2_000
CALL_SECONDS = 0.5

HAPPENINGS: list[Callable[[World], object]] = [
    setting("green", error_share=0.2),
    setting("green", slow_share=0.2),
    setting("green", hanging=True),
    setting("green", healthy=False),
    setting("blue", healthy=False),
    setting("blue", healthy=True),
    setting("blue", error_share=0.2),
    World.restart_gateway,
    lambda world: setattr(world, "readable", False),
    lambda world: setattr(world, "readable", True),
    lambda world: setattr(world, "rate", 0),
    lambda world: setattr(world, "rate", 5_000),
    raising(KeyboardInterrupt()),
    raising(ZeroDivisionError("a bug of a port")),
]

MIRRORS: list[dict[str, Any]] = [{}, {"mirror_percent": 20, "mirror_seconds": 3.0}]


class History:
    """A plan and a world, all drawn from one seed: so a failure is one number, and drawing takes no time."""

    def __init__(self, seed: int) -> None:
        self._chance = np.random.default_rng(seed)
        self.plan = {
            "steps_percent": self._one_of([(100,), (1, 5, 25, 50, 100), (10, 100), (50, 100)]),
            "hold_seconds": self._one_of([0.5, 2.0, 10.0]),
            "max_hold_seconds": self._one_of([10.0, 15.0]),
            "min_requests": self._one_of([1, 50, 1_000]),
            "on_thin_traffic": self._one_of(["advance", "hold_failing"]),
            "max_prediction_distance": self._one_of([None, None, None, 0.2]),
        } | self._one_of(MIRRORS)
        happenings = self._chance.permutation(len(HAPPENINGS))[: self._one_of([0, 1, 2, 3])]
        self.world = World(
            rate=self._one_of([0, 0.5, 20, 2_000, 20_000]),
            weights=self._one_of([{"blue": 100, "green": 0}] * 3 + [{"blue": 75, "green": 25}, {"green": 100}, {}]),
            events=[(60 * self._chance.random(), HAPPENINGS[index]) for index in happenings],
            call_seconds=self._one_of([0, 0, CALL_SECONDS]),
            refusals=self._one_of([0, 0, 0, 0, 1, 4]),
            accepted=self._one_of([0, 1, 2, 3, 4]),
            slots={"blue": self._slot(), "green": self._slot()},
        )

    def _one_of(self, options: Sequence[Any]) -> Any:
        return options[int(self._chance.integers(len(options)))]

    def _slot(self) -> SimulatedSlot:
        return SimulatedSlot(
            latency_ms=self._one_of([0.5, 3, 3, 3, 40, 80]),
            slow_share=self._one_of([0, 0, 0, 0.005, 0.05]),
            error_share=self._one_of([0, 0, 0, 0.0005, 0.01, 1]),
            healthy=self._one_of([True] * 7 + [False]),
            labels=self._one_of([None, {"0": 0.5, "1": 0.5}, {"0": 1.0}]),
        )


def ways_back(outcome: Outcome, world: World) -> int:
    return sum(write.weights == {"blue": 100, "green": 0} for write in world.writes) if not outcome.moved else 0


@settings(max_examples=HISTORIES, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_every_history_keeps_every_promise(seed: int) -> None:
    history = History(seed)
    world, plan = history.world, history.plan
    refused, begun = world.refusals, dict(world.weights)
    outcome = shift(world, **plan)
    event(outcome.status)
    event(f"decided by {outcome.verdict.check}")

    for write in world.writes:
        assert sum(write.weights.values()) == 100
        assert all(isinstance(share, int) and 0 <= share <= 100 for share in write.weights.values())
        forward = write.weights.get("green", 0) > 0
        if forward:
            carrying = {slot for slot, share in write.weights.items() if share}
            assert carrying <= write.answered, "a step puts weight on a slot only after it answered"

    assert outcome.status in {"done", "aborted", "interrupted"}
    if outcome.moved:
        assert outcome.weights == {"blue": 0, "green": 100}
    elif not refused:
        assert outcome.weights == {"blue": 100, "green": 0}, "all weight is on the slot that was live"
        assert ways_back(outcome, world) == 1, "in one write"
    else:
        assert outcome.weights in ({"blue": 100, "green": 0}, begun, *(write.weights for write in world.writes))
    assert world.mirrored == {} or world.refusals, "nothing is copied any more"
    assert outcome.seconds <= longest_seconds(ShiftPlan(**plan), CALL_SECONDS)
    assert explain(outcome).endswith(".")


def sampled(world: World, seed: int) -> World:
    """Replace the even flow of a world by chance: arrivals, failures and slow answers are drawn."""
    chance = np.random.default_rng(seed)
    for slot in world.slots.values():
        slot.take = _by_chance(slot, chance)  # type: ignore[assignment, method-assign]
    return world


def _by_chance(slot: SimulatedSlot, chance: np.random.Generator) -> Callable[[float], None]:
    def take(expected: float) -> None:
        requests = int(chance.poisson(expected))
        slot.requests += requests
        slot.errors += int(chance.binomial(requests, slot.error_share))
        slot.slow += int(chance.binomial(requests, slot.slow_share))

    return take


def outcomes(rate: float, count: int, **green: Any) -> list[Outcome]:
    blue: dict[str, Any] = {"latency_ms": 5, "slow_share": 0.003, "slow_ms": 40, "error_share": 0.0002}
    return [
        shift(
            sampled(
                World(rate=rate, slots={"blue": SimulatedSlot(**blue), "green": SimulatedSlot(**blue | green)}), seed
            )
        )
        for seed in range(count)
    ]


@pytest.mark.parametrize("rate", [50, 200, 2_000])
def test_a_release_like_the_live_one_is_almost_never_sent_back(rate: float) -> None:
    back = [explain(outcome) for outcome in outcomes(rate, 60) if not outcome.moved]
    assert len(back) <= 1, back


@pytest.mark.parametrize(
    "green",
    [
        {"error_share": 0.02},
        {"slow_share": 0.05, "slow_ms": 100},
        {"latency_ms": 50},
        {"slow_ms": 250, "slow_share": 0.04},
    ],
)
def test_a_release_that_fails_or_is_slow_is_always_sent_back(green: dict[str, Any]) -> None:
    done = [seed for seed, outcome in enumerate(outcomes(200, 50, **green)) if outcome.moved]
    assert done == []


def test_a_release_that_fails_one_in_a_hundred_is_sent_back_before_it_has_half_the_traffic() -> None:
    back = outcomes(500, 50, error_share=0.01)
    assert all(not outcome.moved for outcome in back)
    assert sum(look.weights["green"] >= 50 for outcome in back for look in outcome.looks[-1:]) <= 2
