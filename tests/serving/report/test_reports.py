"""Reports say in JSON and in a page what a gate or a shift did, whatever it did."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from serving.gate import Check, GateLimits, GateReport
from serving.gate_evidence import Confusion
from serving.report import write_gate_report, write_shift_report
from serving.shift_outcome import Outcome
from serving.shift_plan import ShiftPlan
from tests.support.gated_slots import write_release
from tests.support.simulated_slots import SimulatedSlot, World, raising, setting, shift

AT = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)
HOSTILE = '<script>alert("1")</script>'
VOID = {"meta", "br"}


class WellFormed(HTMLParser):
    """Fails on a tag that is closed and was not open, and notes those that stay open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - as the base class names it
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(path: Path) -> str:
    content = path.read_text(encoding="utf-8")
    reader = WellFormed()
    reader.feed(content)
    assert reader.open == []
    assert "<script" not in content
    assert "http" not in content.replace("http-equiv", ""), "nothing is loaded from anywhere"
    return content


def document(path: Path) -> dict[str, Any]:
    found = json.loads(path.with_suffix(".json").read_text(), parse_constant=pytest.fail)
    assert isinstance(found, dict)
    return found


def gate(tmp_path: Path, *checks: Check, **more: Any) -> GateReport:
    fields: dict[str, Any] = {
        "model": "digits",
        "slot": "green",
        "release": write_release(tmp_path / "2"),
        "live_slot": "blue",
        "live_release": write_release(tmp_path / "1"),
        "limits": GateLimits(),
        "checks": checks,
        "seconds": 2.5,
    }
    return GateReport(**fields | more)


PASSED = Check(name="accuracy", status="passed", sentence="accuracy 0.95", figure=0.95, limit=0.9)
FAILED = Check(name="p99 under load", status="failed", sentence="p99 80.0 ms", figure=80.0, limit=50)


class TestGate:
    def test_it_is_kept_per_release(self, tmp_path: Path) -> None:
        report = gate(tmp_path, PASSED)
        first = write_gate_report(report, tmp_path / "new" / "reports", AT)
        second = write_gate_report(report, tmp_path / "new" / "reports", AT)
        name = f"gate-digits-{report.release.digest[:12]}"
        assert first == second
        assert sorted(path.name for path in first.parent.iterdir()) == [f"{name}.html", f"{name}.json"]

    def test_it_has_every_check_with_figure_and_limit(self, tmp_path: Path) -> None:
        path = write_gate_report(gate(tmp_path, PASSED, FAILED), tmp_path, AT)
        found = document(path)
        assert (found["kind"], found["passed"], found["at"]) == ("gate", False, "2030-01-02T03:04:05+00:00")
        assert found["checks"][1] == {
            "name": "p99 under load",
            "status": "failed",
            "sentence": "p99 80.0 ms",
            "figure": 80.0,
            "limit": 50,
        }
        page = checked(path)
        assert "Gate of digits 2 in green failed at p99 under load: p99 80.0 ms, limit 50." in page
        assert '<span class="pill bad">failed</span>' in page

    def test_pictures_show_latencies_and_where_the_slots_differ(self, tmp_path: Path) -> None:
        confusion = Confusion(labels=("cat", "dog"), counts=((40, 2), (0, 48)))
        report = gate(tmp_path, PASSED, confusion=confusion, latencies_ms=tuple(0.5 + n / 10 for n in range(200)))
        path = write_gate_report(report, tmp_path, AT)
        page = checked(path)
        assert page.count("<svg") == 2
        assert "p99 20.2 ms" in page
        assert '<td>cat</td><td>dog</td><td class="number">2</td>' in page
        assert document(tmp_path / f"gate-digits-{report.release.digest[:12]}.html")["confusion"]["counts"][0] == [
            40,
            2,
        ]

    def test_slots_that_agree_say_so(self, tmp_path: Path) -> None:
        confusion = Confusion(labels=("cat",), counts=((90,),))
        page = checked(write_gate_report(gate(tmp_path, PASSED, confusion=confusion), tmp_path, AT))
        assert "Both slots give the same class to every row." in page

    def test_many_classes_are_drawn_without_words(self, tmp_path: Path) -> None:
        labels = tuple(f"class-{number:03}" for number in range(60))
        counts = tuple(tuple(int(row == column) for column in range(60)) for row in range(60))
        report = gate(tmp_path, PASSED, confusion=Confusion(labels=labels, counts=counts))
        assert "class-007" not in checked(write_gate_report(report, tmp_path, AT))

    @pytest.mark.parametrize("latencies", [(0.0,), (3.0,), (3.0, 3.0), (1e-9, 1e6)])
    def test_odd_latencies_are_drawn(self, tmp_path: Path, latencies: tuple[float, ...]) -> None:
        checked(write_gate_report(gate(tmp_path, PASSED, latencies_ms=latencies), tmp_path, AT))

    def test_figures_that_are_no_numbers_become_null(self, tmp_path: Path) -> None:
        odd = Check(name="x", status="failed", sentence="", figure=float("nan"), limit=float("inf"))
        check = document(write_gate_report(gate(tmp_path, odd), tmp_path, AT))["checks"][0]
        assert (check["figure"], check["limit"]) == (None, None)

    def test_hostile_words_stay_words(self, tmp_path: Path) -> None:
        check = Check(name=HOSTILE, status="failed", sentence=HOSTILE)
        confusion = Confusion(labels=(HOSTILE, "x"), counts=((1, 1), (0, 1)))
        checked(
            write_gate_report(gate(tmp_path, check, slot=HOSTILE, live_slot=HOSTILE, confusion=confusion), tmp_path, AT)
        )


def written(outcome: Outcome, tmp_path: Path, plan: ShiftPlan | None = None) -> Path:
    return write_shift_report(outcome, plan or ShiftPlan(), tmp_path, model="digits", at=AT)


def failing(**fields: Any) -> World:
    slots = {"blue": SimulatedSlot(), "green": SimulatedSlot(error_share=0.05)}
    return World(rate=5_000, slots=slots, **fields)


class TestShift:
    def test_a_good_one_is_shown_step_by_step(self, tmp_path: Path) -> None:
        path = written(shift(World(rate=5_000)), tmp_path)
        assert path.name == "shift-digits-20300102T030405Z-to-green.html"
        found = document(path)
        assert (found["status"], found["weights"]) == ("done", {"blue": 0, "green": 100})
        assert len(found["looks"]) == 10
        page = checked(path)
        assert page.count("<svg") == 1
        assert '<span class="pill good">done</span>' in page
        assert page.count('<span class="pill good">advance</span>') == 5
        assert "aborted" not in page

    def test_an_aborted_one_marks_where_and_why(self, tmp_path: Path) -> None:
        path = written(shift(failing()), tmp_path)
        found = document(path)
        assert found["verdict"]["check"] == "max_error_rate"
        assert found["verdict"]["figure"] == pytest.approx(0.05)
        page = checked(path)
        assert ">aborted: max_error_rate</text>" in page
        assert "limit 0.1%; all traffic is on blue." in page

    @pytest.mark.parametrize(
        "world",
        [
            lambda: World(rate=0),
            lambda: World(silent=True),
            lambda: World(rate=5_000, events=[(5.5, raising(KeyboardInterrupt()))]),
            lambda: failing(accepted=1, refusals=99),
            lambda: World(rate=5_000, events=[(3.0, setting("green", hanging=True))]),
            lambda: World(rate=5_000, weights={"blue": 75, "green": 25}),
        ],
        ids=["no traffic", "nobody answers", "interrupted", "no way back", "hanging", "cut off"],
    )
    def test_whatever_happened_is_drawn(self, tmp_path: Path, world: Callable[[], World]) -> None:
        outcome = shift(world())
        page = checked(written(outcome, tmp_path))
        assert ("<svg" in page) == bool(outcome.looks)

    def test_a_mirror_is_marked(self, tmp_path: Path) -> None:
        plan: dict[str, Any] = {"mirror_percent": 20, "mirror_seconds": 10.0}
        page = checked(written(shift(World(rate=5_000), **plan), tmp_path, ShiftPlan(**plan)))
        assert page.count("20% mirrored") == 2, "in the picture and among the steps"

    def test_where_traffic_is_unknown_the_picture_has_no_weights(self, tmp_path: Path) -> None:
        gone = [(3.5, lambda world: setattr(world, "silent", True))]
        outcome = shift(World(rate=5_000, events=gone))
        assert outcome.weights is None
        assert "#b9c0ca" in checked(written(outcome, tmp_path))

    def test_an_infinite_distance_becomes_null(self, tmp_path: Path) -> None:
        outcome = shift(failing())
        verdict = type(outcome.verdict)(action="abort", check="x", reason=HOSTILE, figure=float("inf"))
        endless = type(outcome)(**{**vars(outcome), "verdict": verdict, "remarks": (HOSTILE,)})
        path = written(endless, tmp_path)
        assert document(path)["verdict"]["figure"] is None
        checked(path)
