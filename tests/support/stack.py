"""A stack of its own for a test: real engine, real Triton, real Envoy, in a project folder apart from the checkout.

The folder holds links to the program and everything that the program writes, so a test sees all of it and nothing of
the developer's own stacks.
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
from ruamel.yaml import YAML

from components.local.slot_process import remove_shared_memory
from components.local.stack_dir import StackDir
from tests.support.callers import Array, Reply, infer
from tests.support.waiting import free_port, free_range

CHECKOUT = Path(__file__).resolve().parents[2]
LINKED = ("__main__.py", "Pulumi.yaml", "requirements.txt", ".venv", "components", "infra", "policies", "serving")
POLICIES = ("--policy-pack", "policies", "--policy-pack-config", "policies/config/local.json")
COMMAND_SECONDS = 150
SLOT_PORTS = 60
PLAIN = ("--non-interactive", "--color", "never")
PASSPHRASE = "only for this test"
# Limits that a test's machine, busy with other tests, does not miss; what they are about is tested elsewhere.
QUICK_GATE: dict[str, Any] = {"max_disagreement": 1, "max_p99_ms": 5000, "load_seconds": 0.2}


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """What a command printed, both streams together, and how long it took."""

    code: int
    text: str
    seconds: float


@dataclass
class StackUnderTest:
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
    def stack_file(self) -> Path:
        return self.folder / f"Pulumi.{self.name}.yaml"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @cached_property
    def environment(self) -> dict[str, str]:
        programs = (CHECKOUT / ".slipway" / "pulumi" / "bin").resolve()
        kept = {name: os.environ[name] for name in ("HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return {
            **kept,
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": f"file://{self._state}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_HOME": str(self.folder / ".slipway" / "pulumi"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    @property
    def _state(self) -> Path:
        return self.folder / ".slipway" / "state"

    def make(self) -> None:
        """Lay out the project folder and make the stack, with nothing in it yet."""
        for name in LINKED:
            (self.folder / name).symlink_to(CHECKOUT / name)
        self._state.mkdir(parents=True)
        self.pulumi("stack", "init", self.name)

    def write_stack_file(self) -> None:
        """Write the settings as they are now, below the salt that the engine put there."""
        yaml = YAML(typ="safe")
        known = yaml.load(self.stack_file)
        ports = {"first": self.first_slot_port, "count": SLOT_PORTS}
        config = {
            "slipway:platform": {"kind": "local", "slot_ports": ports, **self.platform},
            "slipway:gateway": {"port": self.port, **self.gateway},
            "slipway:models": {name: {"gate": QUICK_GATE, **model} for name, model in self.models.items()},
        }
        yaml.dump({**known, "config": config}, self.stack_file)

    def up(self, *, refresh: bool = True, policies: bool = False, fails: bool = False) -> CommandResult:
        """Run `pulumi up` with the settings as they are now; with policies also the preview that they stop it at."""
        self.write_stack_file()
        options = [*(["--refresh"] if refresh else []), *(POLICIES if policies else ["--skip-preview"])]
        return self.pulumi("up", "--yes", "--stack", self.name, *options, fails=fails)

    def begin_up(self) -> "subprocess.Popen[str]":
        """Run `pulumi up` with the settings as they are now, without waiting for its end."""
        self.write_stack_file()
        return subprocess.Popen(
            ["pulumi", "up", "--yes", "--stack", self.name, "--skip-preview", *PLAIN],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def preview(self, *, policies: bool = False, fails: bool = False) -> CommandResult:
        """Run `pulumi preview`."""
        self.write_stack_file()
        return self.pulumi("preview", "--stack", self.name, *(POLICIES if policies else []), fails=fails)

    def ask(self, model: str, inputs: Mapping[str, Array], client: str = "demo", **headers: str) -> Reply:
        """Ask a model by REST and JSON as one of the clients."""
        return infer(self.url, model, inputs, x_api_key=self.keys[client], **headers)

    def answers(self, model: str, inputs: Mapping[str, Array]) -> bool:
        """Return whether a model answers at all."""
        try:
            return self.ask(model, inputs).status == HTTPStatus.OK
        except OSError:
            return False

    def destroy(self) -> CommandResult:
        """Run `pulumi destroy`."""
        return self.pulumi("destroy", "--yes", "--skip-preview", "--stack", self.name)

    def outputs(self) -> dict[str, Any]:
        """Return the stack's outputs, secrets in clear text."""
        shown = self.pulumi("stack", "output", "--json", "--show-secrets", "--stack", self.name).text
        found: dict[str, Any] = json.loads(shown)
        return found

    @cached_property
    def keys(self) -> Mapping[str, str]:
        """The API key of each client, as the first `up` made them."""
        prefix = "api_key_"
        return {name.removeprefix(prefix): value for name, value in self.outputs().items() if name.startswith(prefix)}

    def pulumi(self, *arguments: str, fails: bool = False) -> CommandResult:
        """Run the engine in the project folder, without colours."""
        return self.run("pulumi", *arguments, *PLAIN, fails=fails)

    def run(self, *command: str, fails: bool = False) -> CommandResult:
        """Run a command in the project folder; it must end well, or badly when `fails`."""
        started = time.monotonic()
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert (done.returncode != 0) == fails, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
        return CommandResult(code=done.returncode, text=done.stdout, seconds=time.monotonic() - started)

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
