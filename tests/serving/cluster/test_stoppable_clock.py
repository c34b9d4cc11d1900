"""Time goes on until the cluster wants the program to end."""

import os
import signal
from collections.abc import Iterator

import pytest

from serving.cluster.stoppable_clock import StoppableClock, StoppedError


@pytest.fixture
def clock() -> Iterator[StoppableClock]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    made = StoppableClock()
    made.listen()
    yield made
    for number, handler in before.items():
        signal.signal(number, handler)


def test_it_waits_as_long_as_it_is_told(clock: StoppableClock) -> None:
    start = clock.now()
    clock.sleep(0.05)
    assert clock.now() - start >= 0.05


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_interrupts_nothing_but_the_next_wait(clock: StoppableClock, number: signal.Signals) -> None:
    os.kill(os.getpid(), number)
    for _ in range(2):
        with pytest.raises(StoppedError, match="the Job was stopped"):
            clock.sleep(60)
