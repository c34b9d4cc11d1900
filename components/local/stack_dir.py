"""Where everything of one local stack lies: `.slipway/<stack>/`, and nothing outside it."""

import re
from dataclasses import dataclass
from pathlib import Path

from serving.errors import ConfigurationError

# sockaddr_un.sun_path holds 108 bytes with its terminator, see unix(7).
MAX_SOCKET_PATH_BYTES = 107


@dataclass(frozen=True)
class StackDir:
    """The directory of one stack; every path is absolute.

    Args:
        path: `.slipway/<stack>`, relative to the working directory or absolute.
    """

    path: Path

    @classmethod
    def at(cls, path: str | Path) -> "StackDir":
        """Return the stack directory at a path, which need not exist yet."""
        return cls(Path(path).absolute())

    @property
    def name(self) -> str:
        """The stack's name."""
        return self.path.name

    @property
    def run(self) -> Path:
        """Unix sockets and the supervisor's pid."""
        return self.path / "run"

    @property
    def logs(self) -> Path:
        """Logs of every process, rotated by the supervisor."""
        return self.path / "logs"

    @property
    def programs(self) -> Path:
        """One supervisor configuration a process."""
        return self.path / "programs"

    @property
    def gateway(self) -> Path:
        """The gateway's configuration files, each kind in a folder of its own."""
        return self.path / "gateway"

    @property
    def endpoints(self) -> Path:
        """One file a running slot: where it listens, which release it runs, what it must answer to a probe."""
        return self.path / "endpoints"

    @property
    def weights(self) -> Path:
        """One file a model: the share of traffic of each slot."""
        return self.path / "weights"

    @property
    def slots(self) -> Path:
        """One folder a slot: model repositories by release digest."""
        return self.path / "slots"

    @property
    def samples(self) -> Path:
        """One request a model, a golden row, to try the gateway with."""
        return self.path / "samples"

    @property
    def reports(self) -> Path:
        """Reports of gates and shifts; they outlive the stack."""
        return self.path / "reports"

    @property
    def supervisor_socket(self) -> Path:
        """Where the supervisor takes commands."""
        return self.run / "supervisor.sock"

    @property
    def gateway_admin_socket(self) -> Path:
        """Where the gateway gives its statistics."""
        return self.run / "gateway-admin.sock"

    @property
    def prober_socket(self) -> Path:
        """Where the prober answers health questions."""
        return self.run / "prober.sock"

    def check(self) -> None:
        """Check that unix sockets have room below this path, and that the supervisor can read it.

        Raises:
            ConfigurationError: The path is too long, or holds what the supervisor takes for something else.
        """
        special = re.search(r"\s[#;]|%", str(self.path))
        if special:
            raise ConfigurationError(
                f'The path {self.path} holds "{special[0]}", which has a meaning of its own in the supervisor\'s '
                "files; move the checkout to a path without it."
            )
        longest = len(str(self.gateway_admin_socket).encode())
        if longest > MAX_SOCKET_PATH_BYTES:
            excess = longest - MAX_SOCKET_PATH_BYTES
            raise ConfigurationError(
                f"The path {self.path} is {excess} bytes too long for the unix sockets below it (a system limit of "
                f"{MAX_SOCKET_PATH_BYTES} bytes); move the checkout to a shorter path or shorten the stack's name."
            )

    def make(self) -> None:
        """Make the folders that every process expects, readable by their owner alone."""
        for folder in (
            self.run,
            self.logs,
            self.programs,
            self.gateway,
            self.endpoints,
            self.weights,
            self.slots,
            self.samples,
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
