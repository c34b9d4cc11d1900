"""Puts the pack on the path, and leaves the adapter's tests to the environment that has pulumi_policy."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "policies"))

collect_ignore = ["adapter"]
