"""Runs a command with the stand-ins attached: `python -m tests.support.aws_stand_in pulumi preview --stack dev`."""

import os
import subprocess
import sys

from tests.support.aws_stand_in.server import running


def main(command: list[str]) -> int:
    """Run a command whose engine finds the stand-ins; its exit status is ours.

    Args:
        command: The command and its arguments.
    """
    if not command or command[0] in ("-h", "--help"):
        sys.stderr.write(f"{__doc__}\n")
        return 0 if command else 2
    with running() as stand_in:
        sys.stderr.write(f"AWS is played by a stand-in ({stand_in.aws.url}); nothing reaches an account.\n")
        return subprocess.run(command, env={**os.environ, **stand_in.environment}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
