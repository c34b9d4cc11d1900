"""When the prober restarts a slot, and when it lets it be."""

import json
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving import prober as prober_module
from serving.probe import Probe, ProbeError
from serving.prober import (
    FIRST_BACKOFF_SECONDS,
    LONGEST_BACKOFF_SECONDS,
    Prober,
    Target,
    main,
    problem_of,
    read_targets,
    status,
)

PROBE = Probe(model="tiny", request={"inputs": []}, output="label", expected=[1])


def target(slot: str = "blue", program: str | None = None) -> Target:
    return Target(model="tiny", slot=slot, url="http://127.0.0.1:1", program=program or f"tiny.{slot}.x", probe=PROBE)


@dataclass
class Simulation:
    """A prober on a clock of its own, with a record of what it did."""

    failures_to_restart: int = 3
    seconds: float = 0.0
    restarted: list[tuple[float, str]] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    fails: bool = False

    def __post_init__(self) -> None:
        self.prober = Prober(
            failures_to_restart=self.failures_to_restart,
            restart=self._restart,
            now=lambda: self.seconds,
            log=self.lines.append,
        )

    def _restart(self, program: str) -> None:
        self.restarted.append((self.seconds, program))
        if self.fails:
            raise OSError("no supervisor")

    def note(self, problem: str | None, after: float = 3.0) -> None:
        self.seconds += after
        self.prober.note(target(), problem)

    def times(self) -> list[float]:
        return [seconds for seconds, _ in self.restarted]


def test_a_slot_that_fails_in_a_row_is_restarted() -> None:
    simulation = Simulation()
    for _ in range(2):
        simulation.note("no answer")
    assert simulation.restarted == []
    simulation.note("no answer")
    assert simulation.restarted == [(9.0, "tiny.blue.x")]
    assert simulation.lines[-1] == "tiny blue: restart 1 of tiny.blue.x: no answer"


def test_a_right_answer_in_between_starts_the_count_again() -> None:
    simulation = Simulation()
    for problem in ("a", "b", None, "c", "d", None):
        simulation.note(problem)
    assert simulation.restarted == []


def test_a_slot_that_stays_ill_is_restarted_ever_more_rarely() -> None:
    simulation = Simulation()
    while simulation.seconds < 3000:
        simulation.note("no answer", after=1)
    times = simulation.times()
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[:5] == [10, 20, 40, 80, 160]
    assert set(gaps[5:]) == {LONGEST_BACKOFF_SECONDS}


def test_a_slot_that_was_well_in_between_is_helped_as_soon_as_the_first_time() -> None:
    simulation = Simulation(failures_to_restart=1)
    for _ in range(6):
        simulation.note("no answer", after=LONGEST_BACKOFF_SECONDS)
    simulation.note(None)
    simulation.note("no answer")
    again = simulation.seconds
    while len(simulation.restarted) < 8:
        simulation.note("no answer", after=1)
    assert simulation.times()[-2:] == [again, again + FIRST_BACKOFF_SECONDS]


@given(
    history=st.lists(st.tuples(st.sampled_from([1, 3, 11, 25, 301]), st.integers(0, 4)), max_size=60),
    failures_to_restart=st.integers(1, 5),
)
def test_no_history_makes_the_prober_restart_too_early(
    history: list[tuple[int, int]], failures_to_restart: int
) -> None:
    simulation = Simulation(failures_to_restart=failures_to_restart)
    in_a_row, since_well, earliest = 0, 0, 0.0
    for after, dice in history:
        well = dice == 0
        before = len(simulation.restarted)
        simulation.note(None if well else "ill", after)
        in_a_row = 0 if well else in_a_row + 1
        since_well, earliest = (0, 0.0) if well else (since_well, earliest)
        due = not well and in_a_row >= failures_to_restart and simulation.seconds >= earliest
        assert (len(simulation.restarted) > before) == due
        if due:
            earliest = simulation.seconds + min(FIRST_BACKOFF_SECONDS * 2**since_well, LONGEST_BACKOFF_SECONDS)
            since_well += 1


def test_a_restart_that_fails_is_told_and_the_prober_goes_on() -> None:
    simulation = Simulation(failures_to_restart=1, fails=True)
    simulation.note("no answer")
    simulation.note(None)
    assert simulation.lines[-2:] == ["tiny blue: not restarted: no supervisor", "tiny blue: healthy"]


def test_health_is_told_once_and_not_at_every_round() -> None:
    simulation = Simulation()
    for _ in range(5):
        simulation.note(None)
    assert simulation.lines == ["tiny blue: healthy"]


def test_the_slots_of_a_model_are_told_apart_and_show_what_is_known() -> None:
    simulation = Simulation(failures_to_restart=1)
    blue, green, new = target("blue"), target("green"), target("green", "tiny.green.new")
    simulation.prober.note(blue, None)
    simulation.prober.note(green, "status 500")
    assert status([blue, green], simulation.prober.health) == {
        "tiny": {
            "blue": {"healthy": True, "restarts": 0, "reason": ""},
            "green": {"healthy": False, "restarts": 1, "reason": "status 500"},
        }
    }
    assert status([new], simulation.prober.health)["tiny"]["green"]["reason"] == "not asked yet"


def test_a_process_that_is_gone_is_forgotten() -> None:
    simulation = Simulation()
    simulation.prober.note(target("blue"), "ill")
    simulation.prober.note(target("green"), None)
    simulation.prober.forget_all_but([target("green")])
    assert set(simulation.prober.health) == {"tiny.green.x"}


def endpoint_file(folder: Path, slot: str) -> Path:
    entry = {"model": "tiny", "slot": slot, "http_port": 1, "program": f"tiny.{slot}.x", "probe": asdict(PROBE)}
    path = folder / f"tiny.{slot}.json"
    path.write_text(json.dumps(entry))
    return path


def test_targets_are_read_from_the_endpoint_files(tmp_path: Path) -> None:
    endpoint_file(tmp_path, "green")
    endpoint_file(tmp_path, "blue")
    (tmp_path / ".tiny.blue.json.123").write_text("half a text")
    assert read_targets(tmp_path) == [target("blue"), target("green")]


def test_a_slot_that_is_removed_meanwhile_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint_file(tmp_path, "blue")
    gone = endpoint_file(tmp_path, "green")
    read = Target.read

    def read_after_removal(path: Path) -> Target:
        gone.unlink(missing_ok=True)
        return read(path)

    monkeypatch.setattr(Target, "read", read_after_removal)
    assert read_targets(tmp_path) == [target("blue")]


def test_the_problem_of_a_slot_is_what_its_probe_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Probe, "ask", lambda *_: None)
    assert problem_of(target()) is None

    def fails(*_: Any) -> None:
        raise ProbeError("label is [2], expected [1]")

    monkeypatch.setattr(Probe, "ask", fails)
    assert problem_of(target()) == "label is [2], expected [1]"


def test_the_command_line_names_what_the_prober_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[tuple[Any, ...]] = []
    monkeypatch.setattr(prober_module, "run", lambda *values: started.append(values))
    main(["--stack-dir", "/srv/x", "--interval-seconds", "0.5", "--failures-to-restart", "2"])
    assert started == [(Path("/srv/x"), 0.5, 2)]
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "--failures-to-restart" in capsys.readouterr().out
