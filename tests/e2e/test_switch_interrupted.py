"""Shifts that are cut off, by a signal or by the end of the machine: where traffic is, and what the next `up` does."""

import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psutil
import pytest

from tests.e2e.conftest import Prove
from tests.support.load import load
from tests.support.switched_model import MODEL, QUIET_RATES, asked_rows
from tests.support.switching import Switching, switching_stack
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.load]

STEPS = (40, 100)
SLOW: dict[str, Any] = {"steps_percent": list(STEPS), "hold_seconds": 4}
QUICK: dict[str, Any] = {"steps_percent": list(STEPS), "hold_seconds": 1}
STEP_SECONDS = 60
PROVIDER = "pulumi.dynamic"


@pytest.fixture(scope="module")
def stack() -> Iterator[Switching]:
    with switching_stack() as made:
        yield made


@pytest.fixture
def switching(stack: Switching) -> Switching:
    stack.back_to_blue()
    stack.stack.up(refresh=True)
    return stack


def interrupt(up: "subprocess.Popen[str]") -> None:
    up.send_signal(signal.SIGINT)


def kill(up: "subprocess.Popen[str]") -> None:
    up.kill()


def kill_provider(up: "subprocess.Popen[str]") -> None:
    (provider,) = [child for child in children(up) if PROVIDER in " ".join(child.cmdline())]
    provider.kill()


def children(up: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(up.pid).children(recursive=True)


def cut_off(switching: Switching, share: int, how: Callable[["subprocess.Popen[str]"], None]) -> str:
    """Begin a shift, stop it at a step, wait until traffic is where it then belongs, and return what was said."""
    up = switching.begin_up("green", **SLOW)
    until(lambda: switching.weights.get("green") == share, STEP_SECONDS, f"the step at {share} %")
    left = children(up)
    how(up)
    said, _ = up.communicate(timeout=STEP_SECONDS)
    assert up.returncode != 0, said
    back = 100 if how in (interrupt, kill) else 100 - share
    until(lambda: switching.weights["blue"] == back, STEP_SECONDS, f"{back} % on blue")
    # A provider whose engine was killed goes on waiting for it.
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return said


def finish(switching: Switching) -> str:
    """Run the next `up`, which must end the shift, after giving back a lock that a killed engine held."""
    switching.stack.pulumi("cancel", switching.stack.name, "--yes")
    said = switching.up("green", **QUICK).text
    assert switching.weights == {"blue": 0, "green": 100}
    return said


@pytest.mark.parametrize("share", STEPS)
@pytest.mark.parametrize("how", [interrupt, kill])
def test_a_stopped_up_puts_traffic_back_and_the_next_one_shifts(
    switching: Switching, prove: Prove, share: int, how: Callable[["subprocess.Popen[str]"], None]
) -> None:
    with load(switching.plan(QUIET_RATES)) as running:
        said = cut_off(switching, share, how)
        again = finish(switching)
        tally = running.stop()
    prove(f"{'Ctrl-C' if how is interrupt else 'SIGKILL'} of pulumi at {share} %", tally)
    assert "found all traffic on blue" in again
    if how is interrupt:
        assert re.search(r"interrupted .*all traffic is on blue", said), said


@pytest.mark.parametrize("share", STEPS)
def test_a_killed_provider_leaves_the_step_and_the_next_up_goes_on_with_it(
    switching: Switching, prove: Prove, share: int
) -> None:
    with load(switching.plan(QUIET_RATES)) as running:
        cut_off(switching, share, kill_provider)
        again = finish(switching)
        tally = running.stop()
    prove(f"SIGKILL of the provider at {share} %", tally)
    found = rf"found blue {100 - share}%, green {share}% of a shift that was cut off; goes on with its step at {share}%"
    assert found in again, again


def test_a_reboot_in_a_shift_is_taken_up_by_the_next_up(switching: Switching) -> None:
    stack = switching.stack

    def end_everything(up: "subprocess.Popen[str]") -> None:
        # The supervisor first, or it starts again what ends.
        processes = [*children(up), *stack.processes("supervisord"), *stack.processes()]
        up.kill()
        for process in processes:
            if process.is_running():
                process.kill()
        psutil.wait_procs(processes, timeout=STEP_SECONDS)

    cut_off(switching, STEPS[0], end_everything)
    stack.pulumi("cancel", stack.name, "--yes")
    switching.model["shift"].update(QUICK)
    again = stack.up(refresh=True).text
    assert "found blue 60%, green 40% of a shift that was cut off" in again
    assert switching.weights == {"blue": 0, "green": 100}
    assert stack.ask(MODEL, {"x": asked_rows(0)[:1]}).headers["x-slipway-slot"] == "green"


def test_a_second_up_says_who_holds_the_lock(switching: Switching, prove: Prove) -> None:
    with load(switching.plan(QUIET_RATES)) as running:
        first = switching.begin_up("green", **{**QUICK, "hold_seconds": 3})
        until(lambda: switching.weights.get("green") == STEPS[0], STEP_SECONDS, "the first step")
        second = switching.stack.pulumi("up", "--yes", "--skip-preview", "--stack", switching.stack.name, fails=True)
        said, _ = first.communicate(timeout=STEP_SECONDS)
        tally = running.stop()
    prove("a second up during a shift", tally)
    assert f"pid {first.pid}" in second.text, "it must say which process holds the lock"
    assert first.returncode == 0, said
    assert switching.weights == {"blue": 0, "green": 100}
