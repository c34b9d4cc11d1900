"""A gate lets a good release through, refuses every kind of bad one with a sentence, and always comes to an end."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from serving.endpoint import InferenceError
from serving.gate import STAGES, GateLimits, GateReport, explain, run
from tests.support.gated_slots import FakeConnection, classify, pinned, write_release, wrong_for
from tests.support.waiting import until

Array = np.ndarray[Any, Any]
QUICK: dict[str, Any] = {"load_seconds": 0.1, "load_concurrency": 2, "min_quality": {"accuracy": 0.9}}


@pytest.fixture(name="live")
def _live(tmp_path: Path) -> FakeConnection:
    return FakeConnection(release=write_release(tmp_path / "1"))


@pytest.fixture(name="candidate")
def _candidate(tmp_path: Path) -> FakeConnection:
    return FakeConnection(release=write_release(tmp_path / "2"))


def gated(candidate: FakeConnection, live: FakeConnection | None = None, **limits: Any) -> GateReport:
    return run(pinned(candidate), pinned(live, "blue") if live else None, GateLimits(**QUICK | limits))


def statuses(report: GateReport) -> dict[str, str]:
    return {check.name: check.status for check in report.checks}


def test_a_good_release_passes_every_check_in_order(candidate: FakeConnection, live: FakeConnection) -> None:
    report = gated(candidate, live)
    assert report.passed
    assert list(statuses(report).items()) == [
        ("integrity", "passed"),
        ("signature", "passed"),
        ("served signature", "passed"),
        ("golden rows", "passed"),
        ("accuracy", "passed"),
        ("disagreement", "passed"),
        ("errors under load", "passed"),
        ("p99 under load", "passed"),
    ]
    assert all(check.figure is not None and check.limit is not None for check in report.checks)
    assert report.latencies_ms
    assert report.confusion
    assert explain(report).startswith("gate of digits 2 in green passed 8 checks in ")


def test_a_first_release_has_nothing_to_be_compared_with(candidate: FakeConnection) -> None:
    report = gated(candidate)
    assert report.passed
    assert (report.live_slot, report.live_release) == (None, None)
    assert [name for name, status in statuses(report).items() if status == "skipped"] == ["signature", "disagreement"]


def test_a_low_quality_fails_with_figure_and_limit_and_the_other_figures_are_still_measured(
    candidate: FakeConnection, live: FakeConnection
) -> None:
    candidate.answer = wrong_for(0.2)
    report = gated(candidate, live)
    assert not report.passed
    assert statuses(report)["p99 under load"] == "passed"
    assert explain(report) == (
        "gate of digits 2 in green failed at accuracy: accuracy 0.8000 on 90 golden rows, limit 0.9 (1 more failed)."
    )


def test_a_corrupt_file_stops_the_gate_before_anything_is_asked(candidate: FakeConnection) -> None:
    (candidate.release.directory / "model.onnx").write_bytes(b"weightz")
    report = gated(candidate)
    assert statuses(report) == {
        "integrity": "failed",
        **dict.fromkeys(["signature", "golden rows", "quality", "disagreement", "latency"], "not run"),
    }
    assert report.checks[0].sentence.startswith("model.onnx has sha256 ")
    assert report.checks[-1].sentence == "not run because integrity failed"
    assert candidate.sizes == []


def test_another_signature_stops_the_gate(candidate: FakeConnection, tmp_path: Path) -> None:
    inputs = [{"name": "x", "datatype": "FP64", "shape": [-1, 4]}]
    live = FakeConnection(release=write_release(tmp_path / "3", inputs=inputs))
    assert statuses(gated(candidate, live))["golden rows"] == "not run"


class TestBadServers:
    """Each answers wrongly in its own way, and none gets through."""

    def test_nobody_is_there(self, candidate: FakeConnection) -> None:
        candidate.refused = InferenceError(None, "[Errno 111] Connection refused")
        report = gated(candidate)
        assert explain(report) == (
            "gate of digits 2 in green failed at signature: "
            "could not be measured: no answer: [Errno 111] Connection refused."
        )

    def test_it_crashes_at_the_first_request(self, candidate: FakeConnection) -> None:
        candidate.answer = _raising(InferenceError(500, "Stub process is not healthy."))
        report = gated(candidate)
        assert statuses(report)["golden rows"] == "failed"
        assert statuses(report)["latency"] == "not run"

    def test_it_answers_nan(self, candidate: FakeConnection) -> None:
        candidate.answer = lambda rows: classify(rows) | {"scores": np.full((len(rows), 3), np.nan, np.float32)}
        assert "NaN" in explain(gated(candidate))

    def test_it_is_slow_only_under_load(self, candidate: FakeConnection) -> None:
        candidate.before = lambda number: time.sleep(0.02) if number > 3 else None
        report = gated(candidate, max_p99_ms=10)
        assert statuses(report)["p99 under load"] == "failed"
        assert report.checks[-1].sentence.endswith("answers, 2 at a time")

    def test_it_fails_one_request_in_a_hundred(self, candidate: FakeConnection) -> None:
        candidate.before = lambda number: _raising(InferenceError(503, "busy"))(None) if number % 100 == 0 else None
        report = gated(candidate)
        assert statuses(report)["errors under load"] == "failed"
        assert "first: status 503: busy" in report.checks[-2].sentence

    def test_it_answers_nothing_under_load(self, candidate: FakeConnection) -> None:
        candidate.before = lambda number: _raising(InferenceError(503, "busy"))(None) if number > 3 else None
        report = gated(candidate)
        assert report.checks[-1].sentence == "nothing was answered, so nothing was measured"
        assert report.checks[-1].status == "failed"

    def test_it_hangs_until_the_time_is_over(self, candidate: FakeConnection) -> None:
        never = threading.Event()
        candidate.before = lambda _: never.wait(timeout=30)
        report = gated(candidate, timeout_seconds=0.3)
        never.set()
        assert report.seconds < 5
        assert statuses(report) == {
            "integrity": "passed",
            "signature": "skipped",
            "served signature": "passed",
            "golden rows": "failed",
            **dict.fromkeys(["quality", "disagreement", "latency"], "not run"),
        }
        assert "no result within the 0.3 s that all checks may take together (timeout_seconds)" in explain(report)
        assert report.checks[-1].sentence == "not run because the time was over during golden rows"


def test_a_gate_that_was_given_up_asks_nothing_more(candidate: FakeConnection) -> None:
    first = threading.Event()
    candidate.before = lambda _: first.wait(timeout=30)
    gated(candidate, timeout_seconds=0.2)
    first.set()
    until(lambda: candidate.closed == 2, 10, "the end of the request that was in flight")
    assert len(candidate.sizes) == 1


@pytest.mark.parametrize("broken", STAGES, ids=lambda stage: stage.name)
def test_a_check_that_breaks_has_failed(
    candidate: FakeConnection, monkeypatch: pytest.MonkeyPatch, broken: Any
) -> None:
    broken_one = replace(broken, check=_raising(ZeroDivisionError("a bug of ours")))
    stages = tuple(broken_one if stage is broken else stage for stage in STAGES)
    monkeypatch.setattr("serving.gate.STAGES", stages)
    report = gated(candidate)
    assert not report.passed
    assert statuses(report)[broken.name] == "failed"
    assert "could not be measured: a bug of ours" in explain(report)


def test_a_gate_without_any_check_has_not_passed(candidate: FakeConnection) -> None:
    empty = GateReport(
        model="digits",
        slot="green",
        release=candidate.release,
        live_slot=None,
        live_release=None,
        limits=GateLimits(),
        checks=(),
        seconds=0,
    )
    assert not empty.passed


def _raising(error: Exception) -> Callable[[Any], Any]:
    def answer(_: Any) -> Any:
        raise error

    return answer
