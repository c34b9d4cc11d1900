"""Counters of several proxies add up to one that only grows, whatever becomes of the proxies."""

from math import inf
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from serving.cluster.proxy_tally import ProxyTally
from serving.counters import Counters
from serving.window import Window

PROXIES = ("10.0.0.1", "10.0.0.2", "10.0.0.3")


def counters(requests: int, errors: int = 0, active: int = 0) -> Counters:
    return Counters(requests=requests, errors=errors, active=active, buckets=((5, requests // 2), (inf, requests)))


# What happens to a proxy between two looks: so many requests of which so many fail; or it restarts, or is gone.
EVENTS = st.one_of(st.tuples(st.integers(0, 50), st.integers(0, 5)), st.just("restarts"), st.just("gone"))
HISTORIES = st.lists(st.fixed_dictionaries(dict.fromkeys(PROXIES, EVENTS)), max_size=12)


@settings(deadline=None)
@given(HISTORIES)
def test_the_sum_never_goes_back_and_never_exceeds_what_was_asked(history: list[dict[str, Any]]) -> None:
    requests, errors = dict.fromkeys(PROXIES, 1000), dict.fromkeys(PROXIES, 100)
    tally = ProxyTally().after({proxy: counters(1000, 100) for proxy in PROXIES})
    asked = failed = 0
    for moment in history:
        seen = {}
        for proxy, event in moment.items():
            if event == "restarts":
                requests[proxy] = errors[proxy] = 0
            elif event != "gone":
                requests[proxy] += event[0]
                errors[proxy] += min(event)
                asked, failed = asked + event[0], failed + min(event)
            if event != "gone":
                seen[proxy] = counters(requests[proxy], errors[proxy])
        before, tally = tally, tally.after(seen)
        window = Window.between(before.total, tally.total, seconds=1)
        assert not window.restarted
        assert min(window.requests, window.errors, window.latencies.total) >= 0
    assert tally.total.requests <= asked
    assert tally.total.errors <= failed


def test_requests_of_every_proxy_count_between_two_looks() -> None:
    first = ProxyTally().after({"a": counters(100, 1), "b": counters(50)})
    second = first.after({"a": counters(110, 3, active=2), "b": counters(55, active=1)})
    window = Window.between(first.total, second.total, seconds=1)
    assert (window.requests, window.errors, window.active) == (15, 2, 3)
    assert window.latencies.buckets == ((5, 7), (inf, 15))


def test_a_proxy_that_is_gone_adds_nothing_and_takes_nothing_away() -> None:
    first = ProxyTally().after({"a": counters(100), "b": counters(50, active=9)})
    second = first.after({"a": counters(101)})
    assert (second.total.requests, second.total.active) == (1, 0)
    assert second.after({"a": counters(102), "b": counters(53)}).total.requests == 5, "it was only out of reach"


def test_a_proxy_that_began_anew_adds_what_it_counted_since() -> None:
    first = ProxyTally().after({"a": counters(100, 10)})
    assert first.after({"a": counters(7, 1)}).total.requests == 7


def test_what_a_proxy_counted_before_it_was_seen_is_in_no_window() -> None:
    first = ProxyTally().after({"a": counters(100)})
    assert first.total.requests == 0
    assert first.after({"a": counters(100), "b": counters(1_000_000, 500_000)}).total.requests == 0


def test_a_cluster_that_vanished_and_came_back_is_a_proxy_that_began_anew() -> None:
    first = ProxyTally().after({"a": counters(100)})
    assert first.after({"a": Counters()}).after({"a": counters(3)}).total.requests == 3
