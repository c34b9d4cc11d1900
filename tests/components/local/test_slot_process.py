"""One slot's process, with a real supervisor and model servers that answer one class and need no model."""

import sys
from collections.abc import Iterator
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import psutil
import pytest

from components.local import slot_process
from components.local.fragments import Endpoint
from components.local.slot_process import SlotSpec, reason_in_log, remove_shared_memory, shared_memory_prefix
from components.local.stack_dir import StackDir
from components.local.supervision import Supervision
from serving.errors import ReleaseError
from serving.release import Release
from serving.repository import Runtime
from tests.support import one_class_server
from tests.support.supervised import running_supervisor
from tests.support.tiny_releases import constant_model, make_release
from tests.support.waiting import free_port, free_range

ANSWERS = (sys.executable, one_class_server.__file__, "{http_port}")
CRASHES = (sys.executable, "-c", "raise SystemExit('Error: no such file weights.bin')")
# Another worker may run tests of this file at the same time.
SLOT_PORTS = 60
FIRST_PORT = free_range(SLOT_PORTS)


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """Releases that always answer 0, 1 and 2."""
    folder = tmp_path_factory.mktemp("releases")
    return [make_release(constant_model(label), folder / str(label), version=str(label)) for label in range(3)]


@pytest.fixture(scope="module")
def supervision() -> Iterator[Supervision]:
    with running_supervisor() as running:
        yield running


@pytest.fixture
def stack_dir(supervision: Supervision) -> Iterator[StackDir]:
    """A stack that runs no slot."""
    yield supervision.stack_dir
    slot_process.stop(supervision.stack_dir, "tiny", "blue")


def spec(release: Release, *, answer: int | None = None, command: tuple[str, ...] = ANSWERS, **others: Any) -> SlotSpec:
    """Return a slot whose server gives an answer, by default the release's own."""
    label = release.manifest.version if answer is None else str(answer)
    values: dict[str, Any] = {
        "model": "tiny",
        "slot": "blue",
        "release": release.directory,
        "release_digest": release.digest,
        "runtime": Runtime(),
        "command": (*command, label),
        "first_port": FIRST_PORT,
        "port_count": SLOT_PORTS,
        "start_timeout_seconds": 20,
        **others,
    }
    return SlotSpec(**values)


def programs(stack_dir: StackDir) -> list[str]:
    return [path.stem for path in stack_dir.programs.glob("*.conf")]


def test_a_slot_runs_a_release_when_it_answers_rightly(stack_dir: StackDir, releases: list[Release]) -> None:
    wanted = spec(releases[1])
    endpoint = slot_process.replace(stack_dir, wanted)
    assert endpoint == Endpoint.read(stack_dir, "tiny", "blue")
    assert endpoint.release_digest == releases[1].digest
    assert FIRST_PORT <= endpoint.http_port < FIRST_PORT + SLOT_PORTS
    assert programs(stack_dir) == [wanted.program]
    assert (stack_dir.slots / wanted.program / "repository" / "tiny" / "config.pbtxt").exists()
    assert (stack_dir.samples / "tiny.json").exists()
    assert slot_process.problem(stack_dir, wanted) is None


def test_another_release_takes_over_and_the_old_one_ends(stack_dir: StackDir, releases: list[Release]) -> None:
    before = spec(releases[0])
    old = psutil.Process(state_after(stack_dir, before))
    slot_process.replace(stack_dir, spec(releases[2]))
    assert not old.is_running()
    assert programs(stack_dir) == [spec(releases[2]).program]
    assert not (stack_dir.slots / before.program).exists()
    assert slot_process.problem(stack_dir, before) == "the slot runs something else"


def state_after(stack_dir: StackDir, wanted: SlotSpec) -> int:
    slot_process.replace(stack_dir, wanted)
    return Supervision(stack_dir).state(wanted.program).pid


def test_a_process_that_runs_as_described_already_goes_on(stack_dir: StackDir, releases: list[Release]) -> None:
    pid = state_after(stack_dir, spec(releases[0]))
    assert state_after(stack_dir, spec(releases[0])) == pid, "its own start by a new supervisor must not be undone"


def test_a_process_that_stopped_is_started_again(stack_dir: StackDir, releases: list[Release]) -> None:
    pid = state_after(stack_dir, spec(releases[0]))
    Supervision(stack_dir)._call("stopProcess", spec(releases[0]).program)
    assert state_after(stack_dir, spec(releases[0])) not in (0, pid)
    assert slot_process.problem(stack_dir, spec(releases[0])) is None


def test_a_release_that_crashes_leaves_the_old_one_and_says_why(stack_dir: StackDir, releases: list[Release]) -> None:
    good = spec(releases[0])
    pid = state_after(stack_dir, good)
    with pytest.raises(RuntimeError) as failed:
        slot_process.replace(stack_dir, spec(releases[1], command=CRASHES))
    assert "tiny blue: the model server ended while it loaded the model." in str(failed.value)
    assert "Error: no such file weights.bin" in str(failed.value)
    assert (stack_dir.logs / "tiny-blue-failed.log").read_text().strip() in str(failed.value)
    assert (programs(stack_dir), Supervision(stack_dir).state(good.program).pid) == ([good.program], pid)
    assert slot_process.problem(stack_dir, good) is None


def test_a_release_that_answers_wrongly_does_not_take_over(stack_dir: StackDir, releases: list[Release]) -> None:
    slot_process.replace(stack_dir, spec(releases[0]))
    with pytest.raises(RuntimeError, match=r"no right answer within 1 s: label is \[2\], expected \[1\]"):
        slot_process.replace(stack_dir, spec(releases[1], answer=2, start_timeout_seconds=1))
    assert programs(stack_dir) == [spec(releases[0]).program]


def test_a_corrupted_release_starts_nothing(stack_dir: StackDir, tmp_path: Path) -> None:
    release = make_release(constant_model(0), tmp_path / "release", version="0")
    (release.directory / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ReleaseError, match=r"model.onnx: has 8 bytes, the manifest says"):
        slot_process.replace(stack_dir, spec(release))
    assert programs(stack_dir) == []


def test_another_release_than_the_planned_one_starts_nothing(stack_dir: StackDir, releases: list[Release]) -> None:
    with pytest.raises(RuntimeError, match=r"changed since it was planned; run the command again"):
        slot_process.replace(stack_dir, spec(releases[0], release_digest="0" * 64))
    assert programs(stack_dir) == []


def test_a_stopped_slot_leaves_nothing(stack_dir: StackDir, releases: list[Release]) -> None:
    wanted = spec(releases[0])
    process = psutil.Process(state_after(stack_dir, wanted))
    slot_process.stop(stack_dir, "tiny", "blue")
    assert not process.is_running()
    assert Endpoint.all(stack_dir) == []
    assert programs(stack_dir) == []
    assert not list(stack_dir.slots.iterdir())
    assert not list(stack_dir.logs.glob(f"{wanted.program}*"))


def test_a_slot_without_its_process_has_a_problem(stack_dir: StackDir, releases: list[Release]) -> None:
    wanted = spec(releases[0])
    slot_process.replace(stack_dir, wanted)
    Supervision(stack_dir).remove(wanted.program)
    assert slot_process.problem(stack_dir, wanted) == "its process is ABSENT: "


def test_a_slot_that_does_not_answer_any_more_has_a_problem(stack_dir: StackDir, releases: list[Release]) -> None:
    wanted = spec(releases[0])
    endpoint = slot_process.replace(stack_dir, wanted)
    changed(endpoint, http_port=free_port()).write(stack_dir)
    assert "no answer" in (slot_process.problem(stack_dir, wanted) or "")


@pytest.mark.parametrize(
    "change",
    [{"release_digest": "0" * 64}, {"runtime": Runtime(threads=2)}, {"command": ("other",)}, {"slot": "green"}],
)
def test_what_needs_another_process_changes_its_name(releases: list[Release], change: dict[str, Any]) -> None:
    assert spec(releases[0], **change).program != spec(releases[0]).program


@pytest.mark.parametrize("change", [{"first_port": 1}, {"port_count": 9}, {"start_timeout_seconds": 1}])
def test_what_needs_no_other_process_does_not(releases: list[Release], change: dict[str, Any]) -> None:
    assert spec(releases[0], **change).program == spec(releases[0]).program


def test_the_reason_in_a_log_is_its_error_lines_else_its_last_ones() -> None:
    log = "I0101 starting\n\nE0101 UNAVAILABLE: no file\n  RuntimeError: no file\nI0101 ending\n"
    assert reason_in_log(log.replace("E0101", "E1101")) == "E1101 UNAVAILABLE: no file\n  RuntimeError: no file"
    assert reason_in_log("one\ntwo\n") == "one\ntwo"
    assert reason_in_log("\n".join(f"line {number}" for number in range(50))).splitlines()[0] == "line 38"
    assert reason_in_log("") == ""


def test_the_shared_memory_of_a_killed_server_is_told_from_all_others(tmp_path: Path) -> None:
    ours, other = StackDir.at(tmp_path / "ours"), StackDir.at(tmp_path / "other")
    prefixes = {shared_memory_prefix(stack, program) for stack in (ours, other) for program in ("a.blue.1", "a.blue.2")}
    assert len(prefixes) == 4
    regions = [Path("/dev/shm") / f"{prefix}region" for prefix in prefixes]  # noqa: S108 - where they are
    try:
        for region in regions:
            region.touch()
        remove_shared_memory(ours, "a.blue.1")
        assert sum(region.exists() for region in regions) == 3
    finally:
        for region in regions:
            region.unlink(missing_ok=True)
