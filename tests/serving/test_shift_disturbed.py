"""Ports fail, slots die, gateways restart, people interrupt: a shift ends in order and says the truth about it."""

import pytest

from serving.shift import first_step
from serving.shift_outcome import Look, explain
from serving.shift_plan import LIVE_PATIENCE_SECONDS, UNREADABLE_SECONDS, ShiftPlan
from tests.support.simulated_slots import SimulatedSlot, World, raising, setting, shares, shift

ALL_BLUE, ALL_GREEN = {"blue": 100, "green": 0}, {"blue": 0, "green": 100}


class TestPortsThatFail:
    def test_counters_that_are_unreadable_for_a_moment_prolong_a_step(self) -> None:
        world = World(rate=5_000, events=[(1.5, _unreadable), (6, _readable)])
        assert shift(world).moved

    def test_counters_that_stay_unreadable_end_the_shift(self) -> None:
        world = World(rate=5_000, events=[(5.5, _unreadable)])
        outcome = shift(world)
        assert (outcome.status, outcome.verdict.check, outcome.weights) == ("aborted", "metrics", ALL_BLUE)
        assert "unreadable for 10 s (ConnectionError: admin socket is gone)" in outcome.verdict.reason
        assert outcome.seconds <= 5.5 + UNREADABLE_SECONDS + 2
        assert isinstance(outcome.cause, ConnectionError)

    def test_a_refused_step_ends_the_shift(self) -> None:
        outcome = shift(World(rate=5_000, accepted=2, refusals=1))
        assert (outcome.status, outcome.verdict.check, outcome.weights) == ("aborted", "traffic", ALL_BLUE)
        assert "OSError: the gateway rejected the routes" in outcome.verdict.reason

    def test_a_way_back_that_is_refused_is_tried_again(self) -> None:
        outcome = shift(World(rate=5_000, accepted=2, refusals=3))
        assert outcome.weights == ALL_BLUE

    def test_a_way_back_that_stays_refused_is_told_with_where_traffic_really_is(self) -> None:
        outcome = shift(World(rate=5_000, accepted=2, refusals=99))
        assert outcome.status == "aborted"
        assert outcome.weights == {"blue": 95, "green": 5}
        assert "the way back met OSError" in explain(outcome)
        assert explain(outcome).endswith("traffic is on blue (95%) and green (5%).")

    def test_where_traffic_is_is_unknown_when_the_gateway_cannot_be_asked(self) -> None:
        outcome = shift(World(silent=True))
        assert (outcome.status, outcome.weights) == ("aborted", None)
        assert "where traffic is could not be read" in explain(outcome)

    def test_a_probe_that_fails_is_no_answer(self) -> None:
        outcome = shift(World(silent=True), live=None)
        assert outcome.verdict.reason == "green could not be probed (TimeoutError)"


class TestDisplayThatFails:
    def test_it_ends_the_shift_with_traffic_back(self) -> None:
        def display(_: Look) -> None:
            raise BrokenPipeError("nobody reads")

        outcome = shift(World(rate=5_000), on_step=display)
        assert (outcome.status, outcome.weights) == ("aborted", ALL_BLUE)
        assert "BrokenPipeError: nobody reads" in outcome.verdict.reason

    def test_after_the_way_back_it_is_a_remark(self) -> None:
        def display(_: Look) -> None:
            raise BrokenPipeError("nobody reads")

        slots = {"blue": SimulatedSlot(), "green": SimulatedSlot(error_share=0.1)}
        outcome = shift(World(rate=5_000, slots=slots), on_step=display)
        assert outcome.verdict.check == "max_error_rate"
        assert outcome.remarks[-1] == "the last step could not be shown (BrokenPipeError: nobody reads)"


class TestLiveSlotThatDies:
    def test_it_is_waited_for_while_its_supervisor_restarts_it(self) -> None:
        world = World(rate=5_000, events=[(4.5, setting("blue", healthy=False)), (7, setting("blue", healthy=True))])
        assert shift(world).moved
        assert shares(world) == [1, 5, 25, 50, 100]

    def test_a_candidate_within_its_limits_takes_all_traffic_when_it_stays_silent(self) -> None:
        world = World(rate=5_000, events=[(4.5, setting("blue", healthy=False))])
        outcome = shift(world)
        assert shares(world) == [1, 5, 100]
        assert outcome.moved
        assert outcome.remarks[-1] == f"blue did not answer for {LIVE_PATIENCE_SECONDS:.0f} s; green gets all at once"


class TestLiveSlotThatIsBusy:
    def test_it_is_not_taken_for_dead_and_keeps_its_share(self) -> None:
        world = World(rate=5_000, events=[(4.5, setting("blue", late=True))])
        assert shift(world).moved
        assert shares(world) == [1, 5, 25, 50, 100], "all at once would be too much for the other one as well"

    def test_a_candidate_that_is_late_gets_nothing_more(self) -> None:
        world = World(rate=5_000, slots={"blue": SimulatedSlot(), "green": SimulatedSlot(late=True)})
        outcome = shift(world)
        assert outcome.weights == ALL_BLUE
        assert "green could not be probed (TimeoutError: no answer in time)" in outcome.verdict.reason


class TestGateway:
    def test_a_restart_begins_a_new_window(self) -> None:
        long_up = {slot: SimulatedSlot(requests=1e6) for slot in ("blue", "green")}
        world = World(rate=5_000, slots=long_up, events=[(3.5, World.restart_gateway)])
        assert shift(world, on_thin_traffic="hold_failing").moved

    def test_restarts_without_end_are_thin_traffic(self) -> None:
        restarts = [(second + 0.5, World.restart_gateway) for second in range(200)]
        looks: list[Look] = []
        outcome = shift(World(rate=5_000, events=restarts), on_step=looks.append, on_thin_traffic="hold_failing")
        assert outcome.verdict.check == "min_requests"


class TestInterruption:
    @pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(143)])
    @pytest.mark.parametrize("at", [0.5, 1.5, 3.5, 5.5, 7.5, 9.5])
    def test_at_any_step_it_puts_all_traffic_back_and_says_so(self, at: float, error: BaseException) -> None:
        outcome = shift(World(rate=5_000, events=[(at, raising(error))]))
        assert (outcome.status, outcome.weights, outcome.cause) == ("interrupted", ALL_BLUE, error)
        assert "was interrupted" in explain(outcome)

    def test_a_second_one_does_not_stop_the_way_back(self) -> None:
        twice = [(5.5, raising(KeyboardInterrupt())), (5.55, raising(KeyboardInterrupt()))]
        world = World(rate=5_000, call_seconds=0.1, events=twice)
        assert shift(world).weights == ALL_BLUE

    def test_while_it_asks_where_traffic_is_it_asks_again(self) -> None:
        undisturbed = World(rate=20_000, call_seconds=0.25)
        shift(undisturbed)
        last_question = undisturbed.time - 0.1
        outcome = shift(World(rate=20_000, call_seconds=0.25, events=[(last_question, raising(KeyboardInterrupt()))]))
        assert (outcome.status, outcome.weights) == ("done", {"blue": 0, "green": 100})

    def test_during_the_mirror_it_ends_the_mirror(self) -> None:
        world = World(rate=5_000, events=[(3, raising(KeyboardInterrupt()))])
        assert shift(world, mirror_percent=10, mirror_seconds=5).status == "interrupted"
        assert world.mirrored == {}


class TestCutOff:
    @pytest.mark.parametrize("share", [1, 5, 25, 50, 100])
    def test_a_shift_that_was_killed_goes_on_with_the_step_it_was_at(self, share: int) -> None:
        world = World(rate=5_000, weights={"blue": 100 - share, "green": share})
        outcome = shift(world, mirror_percent=10, mirror_seconds=5)
        assert outcome.moved
        assert shares(world) == [step for step in (1, 5, 25, 50, 100) if step >= share]
        assert outcome.remarks[0] == (
            f"found blue {100 - share}%, green {share}% of a shift that was cut off; goes on with its step at {share}%"
        )
        assert world.mirror_calls == [("green", None)], "users see the candidate already"

    def test_a_mirror_that_was_left_behind_is_ended(self) -> None:
        world = World(rate=5_000, mirrored={"green": 20})
        shift(world)
        assert world.mirrored == {}

    def test_its_step_is_judged_again(self) -> None:
        slots = {"blue": SimulatedSlot(), "green": SimulatedSlot(error_share=0.1)}
        outcome = shift(World(rate=5_000, weights={"blue": 75, "green": 25}, slots=slots))
        assert (outcome.status, outcome.weights) == ("aborted", ALL_BLUE)

    def test_a_candidate_that_died_meanwhile_gets_nothing(self) -> None:
        slots = {"blue": SimulatedSlot(), "green": SimulatedSlot(healthy=False)}
        world = World(rate=5_000, weights={"blue": 75, "green": 25}, slots=slots)
        assert shift(world).weights == ALL_BLUE
        assert shares(world) == [0]

    @pytest.mark.parametrize(
        ("weights", "index"),
        [
            ({"blue": 100, "green": 0}, 0),
            ({"blue": 99, "green": 1}, 0),
            ({"blue": 90, "green": 10}, 1),
            ({"blue": 0, "green": 100}, 2),
            ({"blue": 60, "green": 60}, 0),
            ({"red": 100}, 0),
            ({"blue": 101, "green": -1}, 0),
            ({}, 0),
        ],
    )
    def test_weights_between_two_steps_go_on_with_the_smaller(self, weights: dict[str, int], index: int) -> None:
        assert first_step(ShiftPlan(steps_percent=(5, 10, 100)), weights, "blue", "green")[0] == index

    def test_weights_that_no_shift_leaves_behind_are_named(self) -> None:
        found = first_step(ShiftPlan(), {"green": 60, "blue": 60}, "blue", "green")[1]
        assert found == "found blue 60%, green 60%, which no shift leaves behind; begins with the first step"
        assert "found no weights" in first_step(ShiftPlan(), {}, "blue", "green")[1]


def _readable(world: World) -> None:
    world.readable = True


def _unreadable(world: World) -> None:
    world.readable = False
