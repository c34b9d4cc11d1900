"""Time, until the cluster stops the program; the port `serving.shift_ports.Clock`."""

import signal
import threading
import time
from types import FrameType


class StoppedError(BaseException):
    """The cluster wants the program to end: its Job was deleted, or its node is drained."""


class StoppableClock:
    """A clock whose sleep ends when a signal comes.

    The signal itself interrupts nothing: a change of a route is finished before the way back begins.
    """

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def listen(self) -> None:
        """Take SIGTERM and SIGINT from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def now(self) -> float:
        """Give the time since some past moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            StoppedError: a signal came.
        """
        if self._stopped.wait(seconds):
            raise StoppedError("SIGTERM: the Job was stopped")

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped.set()
