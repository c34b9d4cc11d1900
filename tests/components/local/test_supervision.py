"""The supervisor of a stack, with a real supervisor and processes that do nothing."""

import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from components.local import supervision as supervision_module
from components.local.stack_dir import StackDir
from components.local.supervision import Supervision, end_processes, leftovers, wait_until, write_private
from tests.support.supervised import FAILS, IGNORES_SIGTERM, WAITS, program, running_supervisor, stack_folder
from tests.support.waiting import until

# One write a process: two at once must not mix their digits.
IGNORES_SIGTERM_AND_FORKS = f"import os; os.fork(); os.write(1, b' %d ' % os.getpid()); {IGNORES_SIGTERM}"


@contextmanager
def process_named(*arguments: str) -> Iterator[int]:
    """Run a process that only waits, with these arguments on its command line."""
    process = subprocess.Popen([sys.executable, "-c", WAITS, *arguments])
    try:
        until(lambda: arguments[-1] in psutil.Process(process.pid).cmdline(), 5, "the start of a process")
        yield process.pid
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def stack_dir(tmp_path: Path) -> StackDir:
    return StackDir.at(tmp_path / "local")


@pytest.mark.parametrize("server", ["bin/tritonserver", "triton_python_backend_stub", "envoy", "serving.prober"])
def test_a_process_that_names_a_file_of_the_stack_is_its_leftover(stack_dir: StackDir, server: str) -> None:
    with process_named(server, f"--config={stack_dir.path}/some/file") as pid:
        assert [process.pid for process in leftovers(stack_dir)] == [pid]


def test_a_process_that_names_the_stack_itself_is_its_leftover(stack_dir: StackDir) -> None:
    with process_named("serving.prober", "--stack-dir", str(stack_dir.path)) as pid:
        assert [process.pid for process in leftovers(stack_dir)] == [pid]


@pytest.mark.parametrize("other", ["local2", "local-copy/run"])
def test_a_process_of_a_stack_with_a_similar_name_is_left_alone(stack_dir: StackDir, other: str) -> None:
    with process_named("serving.prober", "--stack-dir", str(stack_dir.path.parent / other)):
        assert leftovers(stack_dir) == []


def test_a_users_own_process_in_the_folder_is_left_alone(stack_dir: StackDir) -> None:
    with process_named("tail", "-f", f"{stack_dir.logs}/gateway.log"):
        assert leftovers(stack_dir) == []


@pytest.fixture(scope="module")
def supervision() -> Iterator[Supervision]:
    with running_supervisor() as running:
        yield running


def wait_for(supervision: Supervision, name: str, state: str) -> int:
    until(lambda: supervision.state(name).state == state, 10, f"{name} to be {state}")
    return supervision.state(name).pid


def test_a_supervisor_that_runs_is_not_started_again(supervision: Supervision) -> None:
    before = supervision.pid()
    supervision.start()
    assert supervision.pid() == before


def test_a_process_that_runs_as_described_is_left_alone(supervision: Supervision) -> None:
    supervision.ensure(program("same", WAITS))
    before = wait_for(supervision, "same", "RUNNING")
    supervision.ensure(program("same", WAITS))
    assert supervision.state("same").pid == before


def test_a_process_that_is_described_otherwise_is_replaced(supervision: Supervision) -> None:
    supervision.ensure(program("changed", WAITS))
    before = wait_for(supervision, "changed", "RUNNING")
    supervision.ensure(program("changed", WAITS, "argument"))
    after = wait_for(supervision, "changed", "RUNNING")
    assert after != before
    assert "argument" in psutil.Process(after).cmdline()
    assert not psutil.pid_exists(before)


def test_a_process_that_ends_is_started_again(supervision: Supervision) -> None:
    supervision.ensure(program("ends", WAITS))
    before = wait_for(supervision, "ends", "RUNNING")
    psutil.Process(before).kill()
    until(lambda: supervision.state("ends").pid not in (0, before), 10, "another process")


def test_a_process_that_cannot_start_is_given_up_and_says_why_in_its_log(supervision: Supervision) -> None:
    supervision.ensure(program("fails", FAILS, start_retries=1))
    wait_for(supervision, "fails", "FATAL")
    log = supervision.stack_dir.logs / "fails.log"
    assert "it cannot start" in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    supervision.ensure(program("fails", WAITS))
    wait_for(supervision, "fails", "RUNNING")


def test_a_process_that_ignores_the_signal_to_end_is_killed_with_its_children(supervision: Supervision) -> None:
    supervision.ensure(program("deaf", IGNORES_SIGTERM_AND_FORKS, stop_wait_seconds=1))
    log = supervision.stack_dir.logs / "deaf.log"
    until(lambda: log.exists() and log.read_text().count("deaf") == 2, 10, "two processes that ignore SIGTERM")
    family = [int(word) for word in log.read_text().split() if word.isdigit()]
    supervision.remove("deaf")
    assert supervision.state("deaf").state == "ABSENT"
    until(lambda: not any(psutil.pid_exists(pid) for pid in family), 10, "the end of both processes")
    assert not (supervision.stack_dir.programs / "deaf.conf").exists()


def test_what_is_not_there_can_be_removed(supervision: Supervision) -> None:
    supervision.remove("nothing")
    assert supervision.state("nothing").state == "ABSENT"


def test_two_processes_may_be_described_at_the_same_time(supervision: Supervision) -> None:
    names = [f"crowd-{number}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: supervision.ensure(program(name, WAITS)), names))
    for name in names:
        wait_for(supervision, name, "RUNNING")


def test_shutting_down_ends_everything_and_may_be_said_twice() -> None:
    with stack_folder() as stack_dir:
        supervision = Supervision(stack_dir)
        supervision.start()
        supervision.ensure(program("waits", WAITS))
        pids = [supervision.pid(), wait_for(supervision, "waits", "RUNNING")]
        supervision.shut_down()
        assert not any(psutil.pid_exists(pid) for pid in pids)
        assert not supervision.running()
        supervision.shut_down()


def test_what_a_killed_supervisor_left_ends_before_another_starts() -> None:
    with running_supervisor() as supervision:
        supervision.ensure(program("prober", WAITS, "serving.prober", str(supervision.stack_dir.path)))
        orphan = wait_for(supervision, "prober", "RUNNING")
        killed = psutil.Process(supervision.pid())
        killed.kill()
        until(lambda: not supervision.running(), 10, "the end of the supervisor")
        assert psutil.pid_exists(orphan)
        supervision.start()
        try:
            assert not psutil.pid_exists(orphan), "two of a kind would fight for the same sockets"
            wait_for(supervision, "prober", "RUNNING")
        finally:
            supervision.shut_down()


def test_a_stack_may_lie_in_a_folder_with_spaces() -> None:
    with stack_folder("a copy") as stack_dir:
        supervision = Supervision(stack_dir)
        supervision.start()
        try:
            supervision.ensure(program("waits", WAITS))
            wait_for(supervision, "waits", "RUNNING")
        finally:
            supervision.shut_down()


def test_a_supervisor_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervision_module, "START_SECONDS", 0.2)
    with stack_folder() as stack_dir:
        (stack_dir.path / "supervisord.conf").mkdir()
        monkeypatch.setattr(supervision_module, "write_private", lambda *_: None)
        with pytest.raises(RuntimeError, match=r"The supervisor did not start: .*supervisord.conf"):
            Supervision(stack_dir).start()


def test_processes_that_ignore_the_signal_to_end_are_killed() -> None:
    process = subprocess.Popen([sys.executable, "-u", "-c", IGNORES_SIGTERM], stdout=subprocess.PIPE)
    with process:
        assert process.stdout is not None
        process.stdout.readline()
        end_processes([psutil.Process(process.pid)])
        assert not psutil.pid_exists(process.pid)


def test_a_private_file_is_replaced_in_one_step_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "file"
    write_private(path, "old")
    before = path.stat().st_ino
    write_private(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_ino != before, "who reads it must never see half a text"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_waiting_ends_when_the_condition_holds_or_the_time_is_over() -> None:
    answers = iter([False, False, True])
    assert wait_until(lambda: next(answers), 5)
    assert not wait_until(lambda: False, 0.1)
