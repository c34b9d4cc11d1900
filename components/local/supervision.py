"""Commands to a running supervisor: add, replace, stop and watch the processes of one stack.

The supervisor outlives every `pulumi up`; this module talks to it over its unix socket and imports no pulumi.
"""

import fcntl
import http.client
import os
import signal
import subprocess
import time
import xmlrpc.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psutil
from supervisor.xmlrpc import Faults, SupervisorTransport

from components.local.stack_dir import StackDir
from components.local.supervisor_config import Program, daemon_command, daemon_config, program_config

START_SECONDS = 20
STOP_SECONDS = 45
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class ProgramState:
    """What the supervisor says of one process.

    Args:
        state: A state of the supervisor, such as `RUNNING` or `FATAL`; `ABSENT` when it knows no such process.
        pid: The process id; 0 when it does not run.
        description: The supervisor's own words, such as how the process ended.
    """

    state: str
    pid: int = 0
    description: str = ""


class Supervision:
    """The supervisor of one stack."""

    def __init__(self, stack_dir: StackDir) -> None:
        self.stack_dir = stack_dir

    def running(self) -> bool:
        """Return whether the supervisor answers."""
        try:
            return bool(self._call("getState")["statename"] == "RUNNING")
        except (OSError, http.client.HTTPException, xmlrpc.client.Fault):
            return False

    def pid(self) -> int:
        """Return the supervisor's process id."""
        return int(self._call("getPID"))

    def start(self) -> None:
        """Start the supervisor when it does not run, after ending what an earlier one left behind.

        Raises:
            RuntimeError: It did not answer in time; its log says why.
        """
        with self._locked():
            if self.running():
                return
            end_processes(leftovers(self.stack_dir))
            config = self.stack_dir.path / "supervisord.conf"
            write_private(config, daemon_config(self.stack_dir))
            self.stack_dir.supervisor_socket.unlink(missing_ok=True)
            started = subprocess.run(daemon_command(str(config)), check=False, capture_output=True, text=True)
            if not wait_until(self.running, START_SECONDS):
                raise RuntimeError(
                    f"The supervisor did not start: {(started.stdout + started.stderr).strip()} "
                    f"See {self.stack_dir.logs / 'supervisor.log'}."
                )

    def ensure(self, program: Program) -> None:
        """Let a process run as described: left alone when it runs so already, else replaced."""
        config = self.stack_dir.programs / f"{program.name}.conf"
        text = program_config(program, self.stack_dir)
        runs = self.state(program.name).state in ("STARTING", "RUNNING")
        if runs and config.exists() and config.read_text() == text:
            return
        self.remove(program.name)
        # The supervisor reads all files at once and must not see another's half-way.
        with self._locked():
            write_private(config, text)
            self._call("reloadConfig")
            self._call("addProcessGroup", program.name)

    def remove(self, name: str) -> None:
        """Stop a process with its whole group, and forget it. It is no error when it is not there."""
        if self.state(name).state != "ABSENT":
            for method in ("stopProcess", "removeProcessGroup"):
                try:
                    self._call(method, name)
                except xmlrpc.client.Fault as fault:
                    if fault.faultCode not in (Faults.NOT_RUNNING, Faults.BAD_NAME):
                        raise
        (self.stack_dir.programs / f"{name}.conf").unlink(missing_ok=True)

    def state(self, name: str) -> ProgramState:
        """Return how a process is."""
        try:
            info = self._call("getProcessInfo", name)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == Faults.BAD_NAME:
                return ProgramState("ABSENT")
            raise
        return ProgramState(info["statename"], int(info["pid"]), info["spawnerr"] or info["description"])

    def shut_down(self) -> None:
        """Stop every process and the supervisor, and end whatever of theirs is still there."""
        if self.running():
            pid = self.pid()
            self._call("shutdown")
            wait_until(lambda: not psutil.pid_exists(pid), STOP_SECONDS)
        end_processes(leftovers(self.stack_dir))

    def _call(self, method: str, *arguments: str) -> Any:  # noqa: ANN401 - what XML-RPC answers
        transport = SupervisorTransport(None, None, f"unix://{self.stack_dir.supervisor_socket}")
        try:
            proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=cast("Any", transport))
            return getattr(proxy.supervisor, method)(*arguments)
        finally:
            transport.close()

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.stack_dir.run / "supervisor.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def leftovers(stack_dir: StackDir) -> list[psutil.Process]:
    """Return the processes whose command line names this stack's directory, such as those of a killed supervisor."""
    names = (f"{stack_dir.path}{os.sep}", f"{stack_dir.path}\0")
    servers = ("tritonserver", "triton_python_backend_stub", "envoy", "supervisor.supervisord", "serving.prober")
    found = []
    for process in psutil.process_iter():
        try:
            text = "".join(f"{argument}\0" for argument in process.cmdline())
        except psutil.Error:
            continue
        ours = any(name in text for name in names) and any(server in text for server in servers)
        if ours and process.pid != os.getpid():
            found.append(process)
    return found


def end_processes(processes: list[psutil.Process]) -> None:
    """End processes by SIGTERM, then by SIGKILL, each by its id."""
    for number, seconds in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
        for process in processes:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        _, processes = psutil.wait_procs(processes, timeout=seconds)


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step by a text that only its owner can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    temporary.replace(path)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask a condition until it holds; return whether it held in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(_POLL_SECONDS)
    return True
