"""A shift goes step by step, goes back by itself, and always says how it ended and where traffic is."""

import pytest

from serving.shift_outcome import Look, explain
from serving.shift_plan import Weights
from tests.support.simulated_slots import SimulatedSlot, World, raising, roll_back, setting, shares, shift

ALL_BLUE, ALL_GREEN = {"blue": 100, "green": 0}, {"blue": 0, "green": 100}


class TestForward:
    def test_a_good_candidate_gets_its_share_step_by_step_and_all_in_the_end(self) -> None:
        world = World(rate=5_000)
        outcome = shift(world)
        assert shares(world) == [1, 5, 25, 50, 100]
        assert (outcome.status, outcome.weights, outcome.moved) == ("done", {"blue": 0, "green": 100}, True)
        assert outcome.seconds == pytest.approx(1 + 5 * 2), "one second to settle, then each step its hold"
        assert outcome.remarks == ("found all traffic on blue",)
        assert explain(outcome) == "shift to green is done in 11.0 s; all traffic is on green."

    def test_each_step_ends_with_one_line(self) -> None:
        looks: list[Look] = []
        shift(World(rate=5_000), on_step=looks.append)
        assert [look.weights["green"] for look in looks] == [1, 5, 25, 50, 100]
        assert {look.verdict.action for look in looks} == {"advance"}

    def test_a_step_with_too_few_requests_says_so_and_goes_on_until_there_are_more(self) -> None:
        looks: list[Look] = []
        shift(World(rate=500), on_step=looks.append, steps_percent=(1, 100))
        assert [(look.verdict.action, look.verdict.check) for look in looks] == [
            ("hold", "min_requests"),
            ("advance", "all"),
            ("advance", "all"),
        ]
        assert looks[1].candidate.requests == 50

    def test_evidence_is_collected_anew_at_each_step(self) -> None:
        looks: list[Look] = []
        shift(World(rate=5_000), on_step=looks.append)
        assert [look.candidate.requests for look in looks] == [100, 500, 2_500, 5_000, 10_000]

    def test_the_last_step_is_watched_too(self) -> None:
        world = World(rate=5_000, events=[(9.5, setting("green", error_share=0.5))])
        outcome = shift(world)
        assert shares(world) == [1, 5, 25, 50, 100, 0]
        assert outcome.status == "aborted"

    def test_what_a_gate_asked_just_before_is_not_judged(self) -> None:
        world = World(rate=5_000, events=[(0.9, setting("green", slow=1e6))])
        world.green.requests = 1e6
        assert shift(world).moved


class TestBack:
    def test_errors_put_all_traffic_back_in_one_write_with_figure_and_limit(self) -> None:
        world = World(rate=5_000, slots={"blue": SimulatedSlot(), "green": SimulatedSlot(error_share=0.1)})
        outcome = shift(world)
        assert shares(world) == [1, 0]
        assert (outcome.status, outcome.verdict.check, outcome.weights) == ("aborted", "max_error_rate", ALL_BLUE)
        assert outcome.verdict.figure == pytest.approx(0.1)
        assert outcome.verdict.limit == 0.001
        assert "by max_error_rate: error rate 10%" in explain(outcome)
        assert explain(outcome).endswith("limit 0.1%; all traffic is on blue.")

    def test_slowness_that_shows_under_load_only_is_found_where_the_load_is(self) -> None:
        world = World(rate=5_000, events=[(7.1, setting("green", slow_share=0.1))])
        outcome = shift(world)
        assert shares(world) == [1, 5, 25, 50, 0]
        assert outcome.verdict.check == "max_p99_ms"

    def test_a_slot_that_hangs_is_left_within_two_looks_and_not_after_its_timeouts(self) -> None:
        world = World(rate=5_000, events=[(5.5, setting("green", hanging=True))])
        outcome = shift(world)
        assert outcome.verdict.check == "unanswered"
        assert outcome.seconds < 5.5 + 3

    def test_a_slot_that_does_not_answer_a_probe_gets_no_traffic(self) -> None:
        world = World(slots={"blue": SimulatedSlot(), "green": SimulatedSlot(healthy=False)})
        outcome = shift(world)
        assert shares(world) == [0]
        assert (outcome.status, outcome.verdict.check) == ("aborted", "health")

    def test_a_slot_that_dies_is_left_at_the_next_look(self) -> None:
        world = World(rate=5_000, events=[(5.5, setting("green", healthy=False))])
        outcome = shift(world)
        assert (outcome.verdict.check, outcome.weights) == ("health", ALL_BLUE)
        assert outcome.seconds == pytest.approx(6)

    def test_thin_traffic_fails_where_the_plan_says_so(self) -> None:
        outcome = shift(World(rate=1), on_thin_traffic="hold_failing")
        assert (outcome.status, outcome.verdict.check, outcome.weights) == ("aborted", "min_requests", ALL_BLUE)
        assert outcome.seconds == pytest.approx(61)

    def test_the_line_of_an_abort_is_told_after_traffic_is_back(self) -> None:
        world = World(rate=5_000, slots={"blue": SimulatedSlot(), "green": SimulatedSlot(error_share=0.1)})
        told: list[tuple[str, Weights]] = []
        shift(world, on_step=lambda look: told.append((look.verdict.action, world.weights)))
        assert told[-1] == ("abort", ALL_BLUE)


class TestMirror:
    def test_copies_are_judged_before_any_user_sees_the_candidate(self) -> None:
        slots = {"blue": SimulatedSlot(), "green": SimulatedSlot(error_share=0.2)}
        world = World(rate=5_000, slots=slots)
        outcome = shift(world, mirror_percent=10, mirror_seconds=5)
        assert shares(world) == [0], "no write but the one that puts everything back"
        assert outcome.status == "aborted"
        assert world.mirror_calls == [("green", None), ("green", 10), ("green", None)]

    def test_a_good_candidate_goes_on_to_the_first_step_without_mirror(self) -> None:
        world = World(rate=5_000)
        outcome = shift(world, mirror_percent=10, mirror_seconds=5)
        assert outcome.moved
        assert shares(world) == [1, 5, 25, 50, 100]
        assert world.mirror_calls == [("green", None), ("green", 10), ("green", None)]
        assert outcome.seconds == pytest.approx(1 + 5 + 5 * 2)
        assert {look.mirrored_percent for look in outcome.looks if look.weights["green"] == 0} == {10}


class TestAtOnce:
    def test_a_first_deployment_gets_everything_in_one_write(self) -> None:
        world = World(weights={})
        outcome = shift(world, live=None)
        assert (outcome.status, outcome.weights, len(world.writes)) == ("done", {"green": 100}, 1)
        assert outcome.remarks == ("no slot was live before",)

    def test_a_first_deployment_that_does_not_answer_gets_nothing(self) -> None:
        world = World(weights={}, slots={"green": SimulatedSlot(healthy=False)})
        outcome = shift(world, live=None)
        assert (outcome.status, outcome.verdict.check, world.writes) == ("aborted", "health", [])
        assert explain(outcome).endswith("traffic is on no slot.")

    def test_a_rollback_is_one_write_after_one_probe_without_any_wait(self) -> None:
        world = World(weights=ALL_GREEN)
        outcome = roll_back(world)
        assert (outcome.status, outcome.weights, len(world.writes), world.time) == ("done", ALL_BLUE, 1, 0)
        assert outcome.remarks == ("blue was live before",)

    def test_a_rollback_to_a_slot_that_does_not_answer_leaves_traffic_where_it_is(self) -> None:
        world = World(weights=ALL_GREEN, slots={"blue": SimulatedSlot(healthy=False), "green": SimulatedSlot()})
        outcome = roll_back(world)
        assert (outcome.status, outcome.verdict.check, outcome.weights) == ("aborted", "health", ALL_GREEN)

    def test_a_rollback_that_the_gateway_refuses_is_told(self) -> None:
        outcome = roll_back(World(weights=ALL_GREEN, refusals=1))
        assert (outcome.status, outcome.verdict.check, outcome.weights) == ("aborted", "traffic", ALL_GREEN)

    def test_an_interrupted_rollback_is_told(self) -> None:
        world = World(weights=ALL_GREEN, call_seconds=0.1, events=[(0.05, raising(KeyboardInterrupt()))])
        assert roll_back(world).status == "interrupted"

    def test_the_remains_of_a_shift_are_cleared_in_one_write(self) -> None:
        world = World(weights={"blue": 75, "green": 25}, mirrored={"green": 20})
        assert roll_back(world).weights == ALL_BLUE
        assert (len(world.writes), world.mirrored) == (1, {})
