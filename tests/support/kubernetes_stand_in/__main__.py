"""Runs a command with the stand-in attached: `python -m tests.support.kubernetes_stand_in pulumi up --stack mine`."""

import os
import subprocess
import sys

from tests.support.kubernetes_stand_in.provider import ANNOUNCEMENT
from tests.support.kubernetes_stand_in.server import serving


def main(command: list[str]) -> int:
    """Run a command whose engine finds a Kubernetes provider; its exit status is ours.

    Args:
        command: The command and its arguments.
    """
    if not command or command[0] in ("-h", "--help"):
        sys.stderr.write(f"{__doc__}\n")
        return 0 if command else 2
    with serving() as environment:
        if environment:
            sys.stderr.write(f"{ANNOUNCEMENT}.\n")
        return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
