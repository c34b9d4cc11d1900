"""Lines that say what a long step does, and commands that speak only when they fail."""

import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

TAIL_LINES = 15


@contextmanager
def step(what: str, duration: str) -> Iterator[None]:
    """Prints what begins and roughly how long it takes, and at the end how long it took.

    Args:
        what: What is done, as the beginning of a sentence.
        duration: Roughly how long it takes on a cold machine, e.g. "2 minutes".
    """
    print(f"{what}: about {duration} ...", flush=True)
    started = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - started:.0f} s", flush=True)


class CommandError(Exception):
    """A command failed; the message carries the end of what it wrote."""


def run(command: Sequence[str | Path], cwd: Path | None = None) -> str:
    """Runs a command silently and returns what it wrote to stdout.

    Raises:
        CommandError: It cannot be started or ends with another code than 0.
    """
    words = [str(word) for word in command]
    try:
        result = subprocess.run(words, cwd=cwd, capture_output=True, text=True, check=False)
    except OSError as error:
        raise CommandError(f"`{words[0]}` cannot be started: {error}") from error
    if result.returncode:
        tail = "\n".join(f"    {line}" for line in (result.stdout + result.stderr).splitlines()[-TAIL_LINES:])
        raise CommandError(f"`{' '.join(words)}` ended with code {result.returncode}:\n{tail}")
    return result.stdout
