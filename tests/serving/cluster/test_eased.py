"""A slot enters and leaves a route with one request in a million, and nothing else changes by it."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from serving.cluster.eased import MILLION, percent, writes

SHARES = st.integers(min_value=0, max_value=100)
PERCENT = 100


def weights(green: int) -> dict[str, int]:
    return {"blue": PERCENT - green, "green": green}


def share(written: dict[str, int], slot: str) -> float:
    return written[slot] / sum(written.values())


@given(SHARES, SHARES)
def test_no_slot_gets_or_loses_a_real_share_in_the_write_that_makes_or_removes_its_cluster(
    before: int, after: int
) -> None:
    history = [weights(before), *writes(weights(before), weights(after))]
    for slot in ("blue", "green"):
        for earlier, later in pairwise(share(each, slot) for each in history):
            assert (earlier > 0) == (later > 0) or max(earlier, later) == 1 / MILLION
    assert history[-1] == weights(after)


@given(SHARES, SHARES)
def test_every_write_on_the_way_reads_as_where_traffic_was_or_shall_be(before: int, after: int) -> None:
    for each in writes(weights(before), weights(after)):
        assert percent(each) in (weights(before), weights(after))
        assert sum(each.values()) in (PERCENT, MILLION)


def test_a_step_between_two_slots_that_have_traffic_is_one_write() -> None:
    assert list(writes(weights(5), weights(50))) == [weights(50)]


def test_all_traffic_from_one_slot_to_the_other_takes_three() -> None:
    eased = [{"blue": MILLION - 1, "green": 1}, {"blue": 1, "green": MILLION - 1}]
    assert list(writes(weights(0), weights(100))) == [*eased, weights(100)]


def test_a_route_without_traffic_is_written_once() -> None:
    assert list(writes({}, {"green": 100})) == [{"green": 100}]
    assert list(writes({"blue": 0, "green": 0}, weights(100))) == [weights(100)]
