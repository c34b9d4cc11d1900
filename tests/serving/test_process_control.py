"""A restart by the prober, with a real supervisor."""

import time
import xmlrpc.client
from collections.abc import Iterator

import pytest

from components.local.supervision import Supervision
from serving.process_control import restart_program
from tests.support.supervised import FAILS, IGNORES_SIGTERM, WAITS, program, running_supervisor
from tests.support.waiting import until


@pytest.fixture(scope="module")
def supervision() -> Iterator[Supervision]:
    with running_supervisor() as running:
        yield running


def run(supervision: Supervision, name: str, code: str, state: str) -> int:
    supervision.ensure(program(name, code, stop_wait_seconds=15))
    until(lambda: supervision.state(name).state == state, 10, f"{name} to be {state}")
    return supervision.state(name).pid


def test_a_running_process_is_replaced_by_another(supervision: Supervision) -> None:
    before = run(supervision, "waits", WAITS, "RUNNING")
    restart_program(supervision.stack_dir.supervisor_socket, "waits")
    until(lambda: supervision.state("waits").pid not in (0, before), 10, "another process")


def test_a_process_that_does_not_listen_any_more_is_replaced_at_once(supervision: Supervision) -> None:
    before = run(supervision, "deaf", IGNORES_SIGTERM, "RUNNING")
    log = supervision.stack_dir.logs / "deaf.log"
    until(lambda: "deaf" in log.read_text(), 10, "a process that ignores SIGTERM")
    started = time.monotonic()
    restart_program(supervision.stack_dir.supervisor_socket, "deaf")
    until(lambda: supervision.state("deaf").pid not in (0, before), 10, "another process")
    assert time.monotonic() - started < 10, "who answers nothing has nothing to finish first"


def test_a_process_that_the_supervisor_gave_up_is_tried_again(supervision: Supervision) -> None:
    run(supervision, "fails", FAILS, "FATAL")
    log = supervision.stack_dir.logs / "fails.log"
    restart_program(supervision.stack_dir.supervisor_socket, "fails")
    until(lambda: log.read_text().count("it cannot start") == 2, 10, "a second try")


def test_a_process_that_is_being_tried_again_is_left_to_the_supervisor(supervision: Supervision) -> None:
    supervision.ensure(program("retried", FAILS, start_retries=50))
    until(lambda: supervision.state("retried").state == "BACKOFF", 10, "a try that failed")
    restart_program(supervision.stack_dir.supervisor_socket, "retried")


def test_an_unknown_process_is_an_error(supervision: Supervision) -> None:
    with pytest.raises(xmlrpc.client.Fault, match="BAD_NAME: nobody"):
        restart_program(supervision.stack_dir.supervisor_socket, "nobody")


def test_no_supervisor_is_an_error(supervision: Supervision) -> None:
    with pytest.raises(OSError, match="No such file"):
        restart_program(supervision.stack_dir.run / "no.sock", "waits")
