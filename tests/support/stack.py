"""A stack of its own on this machine for a test: real engine, real Triton, real Envoy."""

import re
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from components.local.slot_process import remove_shared_memory
from components.local.stack_dir import StackDir
from tests.support.callers import Array
from tests.support.project import Project
from tests.support.waiting import free_port, free_range

SLOT_PORTS = 60
# Limits that a test's machine, busy with other tests, does not miss; what they are about is tested elsewhere.
QUICK_GATE: dict[str, Any] = {"max_disagreement": 1, "max_p99_ms": 5000, "load_seconds": 0.2}


@dataclass
class StackUnderTest(Project):
    """One project folder with one stack.

    Args:
        folder: The project folder; its path is short because unix sockets lie below it.
        models: `slipway:models` of the stack file.
        gateway: `slipway:gateway` of the stack file, its port aside.
        platform: `slipway:platform` of the stack file, its ports aside.
        name: The stack's name.
    """

    folder: Path
    models: dict[str, Any]
    gateway: dict[str, Any]
    platform: dict[str, Any] = field(default_factory=dict)
    name: str = "local"
    port: int = field(default_factory=free_port)
    first_slot_port: int = field(default_factory=lambda: free_range(SLOT_PORTS))

    @property
    def stack_dir(self) -> StackDir:
        return StackDir.at(self.folder / ".slipway" / self.name)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def config(self) -> dict[str, Any]:
        ports = {"first": self.first_slot_port, "count": SLOT_PORTS}
        return {
            "slipway:platform": {"kind": "local", "slot_ports": ports, **self.platform},
            "slipway:gateway": {"port": self.port, **self.gateway},
            "slipway:models": {name: {"gate": QUICK_GATE, **model} for name, model in self.models.items()},
        }

    def processes(self, *parts: str) -> list[psutil.Process]:
        """Return the processes of this stack whose command line holds all parts, such as `tritonserver`."""
        inside = re.compile(rf"{re.escape(str(self.stack_dir.path))}(/| |$)")
        return [
            process
            for process, command in _commands()
            if inside.search(command) and all(part in command for part in parts)
        ]

    def end(self) -> None:
        """End every process of this stack, however the test ended, and remove the folder."""
        # The supervisor first, or it starts again what ends.
        for parts in (("supervisord",), ()):
            processes = self.processes(*parts)
            for process in processes:
                process.kill()
            psutil.wait_procs(processes, timeout=10)
        for slot in self.stack_dir.slots.glob("*"):
            remove_shared_memory(self.stack_dir, slot.name)
        shutil.rmtree(self.folder)


@contextmanager
def stack_under_test(models: dict[str, Any], gateway: dict[str, Any], **others: Any) -> Iterator[StackUnderTest]:
    """Give a stack that has a folder and no resources yet; nothing of it is left afterwards."""
    stack = StackUnderTest(Path(tempfile.mkdtemp(prefix="slipway-")), models, gateway, **others)
    try:
        stack.make()
        yield stack
    finally:
        stack.end()


@contextmanager
def asked_all_the_time(stack: StackUnderTest, model: str, inputs: Mapping[str, Array]) -> Iterator[list[bool]]:
    """Ask a model over and over while the block runs; give whether each request was answered."""
    stop, answered = threading.Event(), [stack.answers(model, inputs)]

    def ask() -> None:
        while not stop.wait(0.02):
            answered.append(stack.answers(model, inputs))

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answered
    finally:
        stop.set()
        thread.join()


def _commands() -> Iterator[tuple[psutil.Process, str]]:
    for process in psutil.process_iter():
        try:
            yield process, " ".join(process.cmdline())
        except psutil.Error:
            continue
