"""A real supervisor in a folder of its own, and programs for it that need no model and no gateway."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from components.local.stack_dir import StackDir
from components.local.supervision import Supervision
from components.local.supervisor_config import Program

WAITS = "import time; time.sleep(600)"
IGNORES_SIGTERM = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf'); time.sleep(600)"
FAILS = "raise SystemExit('it cannot start')"


@contextmanager
def stack_folder(name: str = "local") -> Iterator[StackDir]:
    """Give the directory of a stack whose path is short enough for unix sockets."""
    with tempfile.TemporaryDirectory(prefix="slipway-") as folder:
        stack_dir = StackDir.at(Path(folder) / name)
        stack_dir.make()
        yield stack_dir


@contextmanager
def running_supervisor() -> Iterator[Supervision]:
    """Give a supervisor that runs; every process of it has ended afterwards."""
    with stack_folder() as stack_dir:
        supervision = Supervision(stack_dir)
        supervision.start()
        daemon = psutil.Process(supervision.pid())
        try:
            yield supervision
        finally:
            if daemon.is_running():
                daemon.suspend()  # so that it starts nothing again
                for process in (*daemon.children(recursive=True), daemon):
                    process.kill()


def program(name: str, code: str, *arguments: str, stop_wait_seconds: int = 5, start_retries: int = 0) -> Program:
    """Return a program that runs Python code."""
    return Program(
        name=name,
        command=[sys.executable, "-u", "-c", code, *arguments],
        start_retries=start_retries,
        stop_wait_seconds=stop_wait_seconds,
    )
