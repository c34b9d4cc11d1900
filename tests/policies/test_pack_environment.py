"""The adapter needs pulumi_policy, which needs an environment of its own: its tests run there."""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = HERE.parents[1] / "policies" / ".venv" / "bin" / "python"


def test_the_adapter_passes_its_tests_in_the_environment_of_the_pack() -> None:
    assert PYTHON.exists(), "the policy pack has no environment; run `make setup`"
    adapter = HERE / "adapter"
    options = ["-q", "-c", os.devnull, "-p", "no:cacheprovider", "--confcutdir", str(adapter), str(adapter)]
    command = [str(PYTHON), "-m", "pytest", *options]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert finished.returncode == 0, finished.stdout + finished.stderr
