"""Train and pack the digits releases: `python -m examples.digits.train --out releases/digits`.

Version 1 is a linear model, 2 a small neural network; 3, with `--all`, a random forest.
"""

import sys
from pathlib import Path

from examples.training_command import ensure_releases, run
from serving.release import Release

EXAMPLE = "examples.digits"
OUT = Path("releases/digits")
VERSIONS = ("1", "2")
OPTIONAL_VERSIONS = ("3",)


def ensure(out: Path = OUT, *, optional: bool = False) -> list[Release]:
    """Have the releases, and `sample.json` with `sample_label.txt` beside them; nothing happens when they are there."""
    return ensure_releases(EXAMPLE, out, (*VERSIONS, *(OPTIONAL_VERSIONS if optional else ())))


if __name__ == "__main__":
    sys.exit(run(EXAMPLE, OUT, VERSIONS, OPTIONAL_VERSIONS, sys.argv[1:]))
