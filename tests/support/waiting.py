"""Waiting for a condition, and ports that are free."""

import socket
import time
from collections.abc import Callable

INTERVAL_SECONDS = 0.02


def until(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Return when the condition holds; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not come about within {seconds} s")
        time.sleep(INTERVAL_SECONDS)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
