"""What setup leaves below `.slipway/`: the engine's programs, its state and passphrase, and a file to source."""

import json
import os
import secrets
import shlex
import shutil
from pathlib import Path

from toolchain.engine import EXECUTOR, LANGUAGE_HOST, Engine

PROGRAMS = Path(".slipway", "pulumi", "bin")
STAND_IN = Path(__file__).with_name("language_host.py")


class ProjectFiles:
    """The files of one checkout that belong to the engine.

    Args:
        root: The checkout.
        python: The interpreter of the program's environment, where the stand-in language host runs.
    """

    def __init__(self, root: Path, python: Path) -> None:
        self.programs = root / PROGRAMS
        self.folder = self.programs.parent
        self.home = self.folder / "home"
        self.state = self.folder / "state"
        self.passphrase = self.folder / "passphrase"
        self.exports = root / ".slipway" / "env"
        self._record = self.folder / "engine.json"
        self._python = python

    def engine_for(self, decisive: list[str]) -> str:
        """Names the engine that is in place; empty when one has to be found.

        Args:
            decisive: What decides about the engine; when any of it has changed, the engine is found anew.
        """
        needed = [self.exports, self.state, self.passphrase, self.programs / "pulumi", self.programs / LANGUAGE_HOST]
        if not self._record.exists() or not all(path.exists() for path in needed):
            return ""
        record = json.loads(self._record.read_text())
        return str(record["engine"]) if record["decisive"] == decisive else ""

    def write(self, engine: Engine, decisive: list[str]) -> None:
        """Writes everything; state and passphrase are kept when they are there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.state.mkdir(exist_ok=True)
        # Only ever generated once: without the old one, no secret in the state can be read again.
        if not self.passphrase.exists():
            _write(self.passphrase, secrets.token_urlsafe(32), mode=0o600)
        self._link_programs(engine)
        _write(self.exports, self._exports())
        _write(self._record, json.dumps({"engine": str(engine), "decisive": decisive}))

    def _link_programs(self, engine: Engine) -> None:
        shutil.rmtree(self.programs, ignore_errors=True)
        self.programs.mkdir()
        for name, path in engine.programs.items():
            (self.programs / name).symlink_to(path)
        if engine.needs_stand_in:
            self._add_stand_in(engine.programs["pulumi"])

    def _add_stand_in(self, pulumi: Path) -> None:
        """Puts the stand-in where the engine looks first: beside its own real path, past symbolic links."""
        link = self.programs / "pulumi"
        link.unlink()
        try:
            link.hardlink_to(pulumi)
        except OSError:
            shutil.copy2(pulumi, link)
        command = shlex.join([str(self._python), "-P", str(STAND_IN), "--executor", str(self.programs / EXECUTOR)])
        host = self.programs / LANGUAGE_HOST
        host.write_text(f'#!/bin/sh\n# Written by `make setup`; see toolchain/{STAND_IN.name}.\nexec {command} "$@"\n')
        host.chmod(0o755)

    def _exports(self) -> str:
        values = {
            # Logs and the choice of stack would otherwise go to ~/.pulumi.
            "PULUMI_HOME": str(self.home),
            "PULUMI_BACKEND_URL": f"file://{self.state}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.passphrase),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        lines = [
            "# Written by `make setup`. After `. .slipway/env` a plain `pulumi up --stack local` works.",
            f'export PATH={shlex.quote(str(self.programs))}:"$PATH"',
            *(f"export {name}={shlex.quote(value)}" for name, value in values.items()),
        ]
        return "\n".join(lines) + "\n"


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    """Writes a file that is either not there or whole."""
    partial = path.with_name(f"{path.name}.partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as file:
        file.write(text)
    partial.rename(path)
