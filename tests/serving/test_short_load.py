"""A short load keeps so many requests in flight, counts every one, and does not wait for ever."""

import threading
from pathlib import Path

import numpy as np
import pytest

from serving.endpoint import InferenceError
from serving.short_load import LoadResult, load, nearest_rank
from tests.support.gated_slots import FakeConnection, X, classify, pinned, write_release


@pytest.fixture(name="connection")
def _connection(tmp_path: Path) -> FakeConnection:
    return FakeConnection(release=write_release(tmp_path / "1"))


def loaded(connection: FakeConnection, seconds: float = 0.1, concurrency: int = 3, patience: float = 5) -> LoadResult:
    return load(pinned(connection), {"x": X}, concurrency=concurrency, seconds=seconds, patience_seconds=patience)


def test_every_request_is_one_row_and_is_counted_once(connection: FakeConnection) -> None:
    result = loaded(connection)
    assert set(connection.sizes) == {1}
    assert result.requests == len(result.latencies_ms) == len(connection.sizes)
    assert list(result.latencies_ms) == sorted(result.latencies_ms)
    assert connection.closed == 3


def test_as_many_requests_are_in_flight_as_asked_for(connection: FakeConnection) -> None:
    everybody = threading.Barrier(4)
    connection.before = lambda number: everybody.wait(timeout=5) if number <= 4 else None
    assert loaded(connection, concurrency=4).failures == (), "the four only get on together"


def test_failures_and_improper_answers_are_counted_with_what_was_wrong(connection: FakeConnection) -> None:
    def fail_at_third(number: int) -> None:
        if number == 3:
            raise InferenceError(503, "queue is full")

    connection.before = fail_at_third
    assert loaded(connection, concurrency=1).failures == ("status 503: queue is full",)
    connection.answer = lambda rows: classify(rows) | {"scores": np.full((len(rows), 3), np.nan, np.float32)}
    result = loaded(connection)
    assert result.latencies_ms == ()
    assert result.p99_ms is None
    assert set(result.failures) == {"output scores has values that are no numbers (NaN or infinite)"}


def test_requests_that_hang_are_lost_after_the_patience(connection: FakeConnection) -> None:
    release = threading.Event()
    connection.before = lambda number: release.wait(timeout=10) if number > 5 else None
    result = loaded(connection, patience=0.1)
    release.set()
    assert (result.lost, len(result.latencies_ms)) == (3, 5), "one on each connection"


def test_latencies_are_taken_by_the_clock_that_is_given(connection: FakeConnection) -> None:
    now = [0.0]
    connection.before = lambda _: now.__setitem__(0, now[0] + 0.2)
    result = load(pinned(connection), {"x": X}, concurrency=1, seconds=1, clock=lambda: now[0])
    assert result.latencies_ms == pytest.approx([200] * 5)
    assert result.p99_ms == pytest.approx(200)


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (50, 50), (100, 99), (1_000, 990)])
def test_a_p99_is_an_answer_that_was_measured(count: int, expected: float) -> None:
    assert nearest_rank(range(1, count + 1), 0.99) == expected
