"""Train and pack the tumours releases: `python -m examples.tumours.train --out releases/tumours`.

Version 1 is a logistic regression, 2 gradient-boosted trees.
"""

import sys
from pathlib import Path

from examples.training_command import ensure_releases, run
from serving.release import Release

EXAMPLE = "examples.tumours"
OUT = Path("releases/tumours")
VERSIONS = ("1", "2")


def ensure(out: Path = OUT) -> list[Release]:
    """Have the releases, and `sample.json` with `sample_label.txt` beside them; nothing happens when they are there."""
    return ensure_releases(EXAMPLE, out, VERSIONS)


if __name__ == "__main__":
    sys.exit(run(EXAMPLE, OUT, VERSIONS, (), sys.argv[1:]))
