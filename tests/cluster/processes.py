"""Processes that outlive the command that started them, and are ended only when they are still the same ones."""

import json
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from components.local.supervision import write_private
from tests.cluster.errors import ClusterError
from tests.support.waiting import until

LOG_TAIL_LINES = 12


@dataclass(frozen=True)
class Started:
    """A process by its number and the moment of its start: a number alone may be another's by now."""

    pid: int
    ticks: int

    def runs(self) -> bool:
        """Whether it still runs; one that has ended and waits for its parent does not."""
        return ticks_of_start(self.pid) == self.ticks

    def end(self, number: signal.Signals, seconds: float) -> bool:
        """Send it a signal and wait; return whether it has ended."""
        if not self.runs():
            return True
        os.kill(self.pid, number)
        try:
            until(lambda: not self.runs(), seconds, "the end of a process")
        except TimeoutError:
            return False
        # When its parent is this very command, nobody else collects it.
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)
        return True


def ticks_of_start(pid: int) -> int | None:
    """When a process started, in clock ticks after the machine did; None when it does not run.

    Source: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html, fields 3 and 22
    """
    try:
        text = Path("/proc", str(pid), "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name, in parentheses, may hold anything.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


@dataclass(frozen=True)
class Process:
    """One long-running program of the cluster, with its log and its record."""

    name: str
    command: tuple[str, ...]
    log: Path
    record: Path

    def started(self) -> Started | None:
        """What was started last, whether or not it still runs."""
        return Started(**json.loads(self.record.read_text())) if self.record.exists() else None

    def runs(self) -> bool:
        """Whether what was started last still runs."""
        started = self.started()
        return started is not None and started.runs()

    def start(self) -> None:
        """Start it, apart from this command's terminal and signals; nothing when it runs."""
        if self.runs():
            return
        self.log.parent.mkdir(parents=True, exist_ok=True)
        log = (os.POSIX_SPAWN_OPEN, 1, str(self.log), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        files = [nothing, log, (os.POSIX_SPAWN_DUP2, 1, 2)]
        # Not subprocess: its object wants to see the end of what outlives it.
        pid = os.posix_spawnp(self.command[0], self.command, os.environ, file_actions=files, setsid=True)
        ticks = ticks_of_start(pid)
        if ticks is None:
            raise ClusterError(self.failure())
        write_private(self.record, json.dumps({"pid": pid, "ticks": ticks}))

    def wait_until(self, answers: Callable[[], object], seconds: float) -> None:
        """Return when it answers; while it does not, `answers` gives nothing or raises a `ClusterError`.

        Raises:
            ClusterError: It ends, or does not answer in time.
        """

        def ready() -> object:
            if not self.runs():
                raise TimeoutError
            with suppress(ClusterError):
                return answers()
            return None

        try:
            until(ready, seconds, self.name)
        except TimeoutError as error:
            raise ClusterError(self.failure()) from error

    def stop(self, seconds: float) -> None:
        """End it: ask first, force it after so many seconds."""
        started = self.started()
        if started and not started.end(signal.SIGTERM, seconds):
            started.end(signal.SIGKILL, seconds)
        self.record.unlink(missing_ok=True)

    def failure(self) -> str:
        """That it does not run, with the end of its log."""
        lines = self.log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        tail = "\n".join(f"    {line}" for line in lines)
        return f"{self.name} ended or does not answer; the end of {self.log}:\n{tail}"


def process(name: str, command: Sequence[str | Path], *, logs: Path, records: Path) -> Process:
    """A process whose log and record are named after it."""
    return Process(name, tuple(str(word) for word in command), logs / f"{name}.log", records / f"{name}.json")
