import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.processes import Process, Started, process, ticks_of_start
from tests.support.waiting import until

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
)


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Process]:
    sleeper = process("sleeper", ["sleep", "60"], logs=tmp_path / "logs", records=tmp_path / "records")
    yield sleeper
    sleeper.stop(5)


def test_what_was_started_is_found_again_by_its_record_alone(sleeper: Process, tmp_path: Path) -> None:
    sleeper.start()
    again = process("sleeper", [], logs=tmp_path / "logs", records=tmp_path / "records")
    assert again.started() == sleeper.started()
    again.stop(5)
    assert not sleeper.runs()
    assert sleeper.started() is None


def test_a_second_start_changes_nothing(sleeper: Process) -> None:
    sleeper.start()
    first = sleeper.started()
    sleeper.start()
    assert sleeper.started() == first


def test_another_process_that_has_the_number_now_is_left_alone(sleeper: Process) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        ticks = ticks_of_start(other.pid)
        assert ticks is not None
        sleeper.record.parent.mkdir()
        sleeper.record.write_text(json.dumps({"pid": other.pid, "ticks": ticks - 1}))
        assert not sleeper.runs()
        sleeper.stop(5)
        assert other.poll() is None, "a process that is not ours was ended"
        other.kill()


def test_one_that_does_not_end_when_asked_is_ended_all_the_same(tmp_path: Path) -> None:
    stubborn = process("stubborn", [sys.executable, "-c", STUBBORN], logs=tmp_path, records=tmp_path)
    stubborn.start()
    until(lambda: "deaf" in stubborn.log.read_text(), 10, "a process that ignores the signal")
    stubborn.stop(0.2)
    assert not stubborn.runs()


def test_a_process_that_has_ended_but_is_not_collected_does_not_run() -> None:
    with subprocess.Popen(["true"]) as ended:
        until(lambda: ticks_of_start(ended.pid) is None, 10, "the end of a process")
        assert not Started(ended.pid, 0).runs()


def test_a_failure_says_where_the_log_is_and_how_it_ends(tmp_path: Path) -> None:
    broken = process("broken", ["sh", "-c", "echo no such flag; sleep 60"], logs=tmp_path, records=tmp_path)
    broken.start()
    until(broken.log.read_text, 10, "a word of a broken program")
    broken.stop(5)
    assert broken.failure().endswith(f"the end of {broken.log}:\n    no such flag")


def test_a_process_that_answers_is_waited_for_while_it_cannot_be_asked_yet(sleeper: Process) -> None:
    tries: list[int] = []

    def answers() -> bool:
        tries.append(1)
        if len(tries) < 3:
            raise ClusterError("connection refused")
        return True

    sleeper.start()
    sleeper.wait_until(answers, 10)
    assert len(tries) == 3


def test_waiting_ends_with_the_log_when_the_process_has_ended(sleeper: Process) -> None:
    sleeper.start()
    sleeper.stop(5)
    with pytest.raises(ClusterError, match=r"sleeper ended or does not answer; the end of .*sleeper\.log"):
        sleeper.wait_until(lambda: True, 10)
