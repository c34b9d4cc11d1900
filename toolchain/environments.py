"""Virtual environments that hold exactly what their requirements file says.

A stamp inside each environment names the requirements it was made from, so that a second setup costs milliseconds.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from toolchain import interpreter
from toolchain.errors import SetupError
from toolchain.progress import CommandError, run, step

STAMP = "slipway-requirements.sha256"


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A virtual environment and the file of pinned requirements that it is made from."""

    directory: Path
    requirements: Path
    duration: str

    @property
    def in_step(self) -> bool:
        """Whether it was made, to the end, from the requirements as they are now."""
        stamp = self.directory / STAMP
        return self.python.exists() and stamp.exists() and stamp.read_text() == self._fingerprint()

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.directory / "bin" / "python"

    def make(self, python: interpreter.Python) -> None:
        """Creates it when it is missing or of another Python, and installs the requirements.

        Raises:
            SetupError: The environment cannot be created, or a package cannot be installed.
        """
        stamp = self.directory / STAMP
        stamp.unlink(missing_ok=True)
        with step(f"Installing {self.requirements} into {self.directory}", self.duration):
            existing = interpreter.describe(str(self.python)) if self.python.exists() else None
            if not existing or existing.version != python.version:
                self._create(python)
            self._install()
        stamp.write_text(self._fingerprint())

    def _create(self, python: interpreter.Python) -> None:
        try:
            run([python.executable, "-m", "venv", "--clear", self.directory])
        except CommandError as error:
            package = "python{}.{}-venv".format(*python.version)
            raise SetupError(f"No virtual environment in {self.directory}: apt install {package}\n{error}") from error

    def _install(self) -> None:
        options = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
        try:
            run([self.python, "-m", "pip", "install", *options, "-r", self.requirements])
        except CommandError as error:
            raise SetupError(
                f"The packages of {self.requirements} cannot be installed; is a package index reachable?\n{error}"
            ) from error

    def _fingerprint(self) -> str:
        return hashlib.sha256(self.requirements.read_bytes()).hexdigest()


def bring_in_step(environments: list[Environment]) -> None:
    """Makes those environments that are not in step with their requirements."""
    behind = [environment for environment in environments if not environment.in_step]
    if not behind:
        return
    python = interpreter.find()
    for environment in behind:
        environment.make(python)
