"""Commands to the API server, by the kubectl that is built with it."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import ClusterError


@dataclass(frozen=True)
class Kubectl:
    """A kubectl that speaks to one cluster, whatever the user's own settings are."""

    program: Path
    kubeconfig: Path

    def __call__(self, *words: str, text: str | None = None) -> str:
        """What it answers to a command; `text` is what it reads.

        Raises:
            ClusterError: It is not there, or refuses; the message is its own.
        """
        command = [str(self.program), f"--kubeconfig={self.kubeconfig}", *words]
        # It keeps what servers offer below the home folder, and would take another server's answers for this one's.
        environment = {**os.environ, "KUBECACHEDIR": str(self.kubeconfig.with_name("cache"))}
        try:
            result = subprocess.run(command, input=text, capture_output=True, text=True, env=environment, check=False)
        except OSError as error:
            raise ClusterError(f"`{self.program}` cannot be started: {error}") from error
        if result.returncode:
            raise ClusterError(f"`kubectl {' '.join(words)}` failed: {result.stderr.strip()}")
        return result.stdout
