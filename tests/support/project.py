"""A project folder of its own for a test: the real engine over the checkout's program, with its state in the folder.

The folder holds links to the program and everything that the program writes, so a test sees all of it and nothing of
the developer's own stacks.
"""

import json
import os
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any

import psutil
from ruamel.yaml import YAML

from tests.support.callers import Array, Reply, infer

CHECKOUT = Path(__file__).resolve().parents[2]
LINKED = ("__main__.py", "Pulumi.yaml", "requirements.txt", ".venv", "components", "infra", "policies", "serving")
PLAIN = ("--non-interactive", "--color", "never")
PASSPHRASE = "only for this test"


@dataclass(frozen=True, kw_only=True)
class CommandResult:
    """What a command printed, both streams together, and how long it took."""

    code: int
    text: str
    seconds: float


class Project:
    """One project folder with one stack; a subclass says what the stack file holds.

    Attributes:
        folder: The project folder.
        name: The stack's name.
        models: `slipway:models` of the stack file.
        command_seconds: How long one command may take.
    """

    folder: Path
    name: str
    models: dict[str, Any]
    command_seconds: float = 150

    def config(self) -> dict[str, Any]:
        """Return what stands below `config:` in the stack file."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """Where the gateway answers."""
        raise NotImplementedError

    def ask(self, model: str, inputs: Mapping[str, Array], client: str = "demo", **headers: str) -> Reply:
        """Ask a model by REST and JSON as one of the clients."""
        return infer(self.url, model, inputs, x_api_key=self.keys[client], **headers)

    def answers(self, model: str, inputs: Mapping[str, Array]) -> bool:
        """Return whether a model answers at all."""
        try:
            return self.ask(model, inputs).status == HTTPStatus.OK
        except OSError:
            return False

    @property
    def stack_file(self) -> Path:
        return self.folder / f"Pulumi.{self.name}.yaml"

    @property
    def policies(self) -> tuple[str, ...]:
        """The options that let the policy pack judge this stack."""
        return ("--policy-pack", "policies", "--policy-pack-config", "policies/config/local.json")

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
        yaml.dump({**known, "config": self.config()}, self.stack_file)

    def up(self, *, refresh: bool = True, policies: bool = False, fails: bool = False) -> CommandResult:
        """Run `pulumi up` with the settings as they are now; with policies also the preview that they stop it at."""
        self.write_stack_file()
        options = [*(["--refresh"] if refresh else []), *(self.policies if policies else ["--skip-preview"])]
        return self.pulumi("up", "--yes", "--stack", self.name, *options, fails=fails)

    def begin_up(self, stdout: int = subprocess.PIPE) -> "subprocess.Popen[str]":
        """Run `pulumi up` with the settings as they are now, without waiting for its end.

        What nobody reads must not go to a pipe: it fills, and the engine waits for its reader.
        """
        self.write_stack_file()
        return subprocess.Popen(
            ["pulumi", "up", "--yes", "--stack", self.name, "--skip-preview", *PLAIN],
            cwd=self.folder,
            env=self.environment,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def preview(self, *, policies: bool = False, fails: bool = False) -> CommandResult:
        """Run `pulumi preview`."""
        self.write_stack_file()
        return self.pulumi("preview", "--stack", self.name, *(self.policies if policies else []), fails=fails)

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
            timeout=self.command_seconds,
            check=False,
        )
        assert (done.returncode != 0) == fails, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
        return CommandResult(code=done.returncode, text=done.stdout, seconds=time.monotonic() - started)


def kill(up: "subprocess.Popen[str]") -> None:
    """End an `up` at once, and the providers with it, which would go on waiting for their engine."""
    providers = psutil.Process(up.pid).children(recursive=True)
    up.kill()
    for provider in providers:
        with suppress(psutil.NoSuchProcess):
            provider.kill()
    up.communicate()
