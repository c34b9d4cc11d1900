"""What was live decides the way: at once, back, or by a shift; and it is noted only when traffic is there."""

from dataclasses import dataclass

import pytest

from serving.lead import Known, Served, lead
from serving.shift_outcome import Outcome, explain
from serving.shift_plan import ShiftPlan
from tests.support.simulated_slots import SimulatedClock, SimulatedMetrics, SimulatedTraffic, World

BLUE, GREEN = Served(slot="blue", release="1"), Served(slot="green", release="2")
NEWER = Served(slot="green", release="3")


@dataclass(kw_only=True)
class RememberedWorld(SimulatedTraffic):
    """Simulated traffic with a memory."""

    memory: Known
    forgetful: bool = False

    def known(self) -> Known:
        return self.memory

    def remember(self, known: Known) -> None:
        if self.forgetful:
            raise OSError("the API does not answer")
        self.memory = known


def led(world: World, memory: Known, to: Served, *slots: str, forgetful: bool = False) -> tuple[Outcome, Known]:
    traffic = RememberedWorld(world=world, memory=memory, forgetful=forgetful)
    outcome = lead(
        ShiftPlan(),
        traffic,
        SimulatedMetrics(world=world),
        SimulatedClock(world=world),
        to=to,
        slots=slots or ("blue", "green"),
        on_step=lambda _: None,
    )
    return outcome, traffic.memory


def test_a_model_that_nobody_reaches_yet_gets_all_at_once() -> None:
    world = World(weights={})
    outcome, memory = led(world, Known(), GREEN)
    assert outcome.moved
    assert [write.weights for write in world.writes] == [{"green": 100}]
    assert memory == Known(live=GREEN)


def test_another_release_gets_it_step_by_step() -> None:
    outcome, memory = led(World(), Known(live=BLUE), GREEN)
    assert outcome.moved
    assert len(outcome.looks) > len(ShiftPlan().steps_percent) - 1, "each step was looked at"
    assert memory == Known(live=GREEN, previous=BLUE)


def test_the_slot_that_was_live_before_gets_it_back_at_once_and_the_one_that_was_left_is_not_noted() -> None:
    world = World(weights={"blue": 0, "green": 100})
    outcome, memory = led(world, Known(live=GREEN, previous=BLUE), BLUE)
    assert outcome.moved
    assert not outcome.looks
    assert [write.weights for write in world.writes] == [{"blue": 100, "green": 0}]
    assert memory == Known(live=BLUE), "what was left by a rollback comes back only by gate and shift"


def test_the_slot_that_was_live_before_with_another_release_since_is_shifted_to() -> None:
    outcome, _ = led(World(), Known(live=BLUE, previous=GREEN), NEWER)
    assert outcome.looks


def test_the_live_slot_gets_back_what_a_shift_left_elsewhere() -> None:
    world = World(weights={"blue": 75, "green": 25})
    outcome, memory = led(world, Known(live=BLUE), BLUE)
    assert outcome.moved
    assert world.weights == {"blue": 100, "green": 0}
    assert memory == Known(live=BLUE)


def test_a_shift_that_was_cut_off_is_taken_up() -> None:
    outcome, _ = led(World(weights={"blue": 75, "green": 25}), Known(live=BLUE), GREEN)
    assert outcome.moved
    assert "goes on with its step at 25%" in outcome.remarks[0]


def test_an_aborted_shift_changes_nothing_of_what_is_noted() -> None:
    world = World()
    world.green.error_share = 0.5
    outcome, memory = led(world, Known(live=BLUE), GREEN)
    assert not outcome.moved
    assert world.weights == {"blue": 100, "green": 0}
    assert memory == Known(live=BLUE)


def test_what_could_not_be_noted_is_told_with_where_traffic_is() -> None:
    outcome, memory = led(World(), Known(live=BLUE), GREEN, forgetful=True)
    assert not outcome.moved
    assert memory == Known(live=BLUE)
    assert "what is live now could not be noted (OSError: the API does not answer)" in explain(outcome)
    assert explain(outcome).endswith("all traffic is on green.")


@pytest.mark.parametrize("memory", [Known(live=BLUE), Known(live=Served(slot="blue", release="0"))])
def test_a_slot_without_another_has_nothing_to_be_shifted_from(memory: Known) -> None:
    world = World(weights={"blue": 0})
    outcome, noted = led(world, memory, BLUE, "blue")
    assert outcome.moved
    assert world.weights == {"blue": 100}
    assert noted.live == BLUE


@pytest.mark.parametrize(
    ("known", "live", "then"),
    [
        (Known(), BLUE, Known(live=BLUE)),
        (Known(live=BLUE), BLUE, Known(live=BLUE)),
        (Known(live=BLUE), GREEN, Known(live=GREEN, previous=BLUE)),
        (Known(live=GREEN, previous=BLUE), BLUE, Known(live=BLUE)),
        (Known(live=GREEN, previous=BLUE), GREEN, Known(live=GREEN, previous=BLUE)),
    ],
)
def test_what_is_known_afterwards(known: Known, live: Served, then: Known) -> None:
    assert known.after(live) == then
