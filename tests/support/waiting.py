"""Waiting for a condition, and ports that are free."""

import os
import socket
import time
from collections.abc import Callable

import psutil

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


def free_range(count: int) -> int:
    """Return the first of so many ports in a row that nobody has now; another process's are others."""
    taken = {connection.laddr.port for connection in psutil.net_connections("tcp") if connection.laddr}
    first = 20000 + os.getpid() % 200 * count
    while taken.intersection(range(first, first + count)):
        first += count
    return first
