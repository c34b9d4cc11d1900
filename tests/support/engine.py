"""The real engine over a small program, its state in a temporary directory, with the stand-ins attached."""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / ".slipway" / "pulumi" / "bin"
_LIMIT_SECONDS = 300
_PLANNED = re.compile(r"\+ (\d+) to create")
_DRIFTLESS = frozenset({"same"})


@dataclass(frozen=True)
class Outcome:
    """What one command of the engine did.

    Args:
        returncode: 0 when it went well.
        text: What it printed, both streams.
        steps: Logical name to operation, for previews.
    """

    returncode: int
    text: str
    steps: dict[str, str] = field(default_factory=dict)

    def changes(self) -> dict[str, str]:
        """The steps that do something."""
        return {name: operation for name, operation in self.steps.items() if operation not in _DRIFTLESS}

    def planned(self) -> int:
        """How many resources a preview would create, by its own words."""
        found = _PLANNED.search(self.text)
        assert found, f"the preview made no plan:\n{self.text[-2000:]}"
        return int(found[1])


class Engine:
    """One stack of one program.

    Args:
        directory: Where project, state and program lie.
        environment: Variables that attach the stand-ins.
        program: Source of the Pulumi program.
    """

    def __init__(self, directory: Path, environment: dict[str, str], program: str) -> None:
        self.directory = directory
        self.environment = {
            **os.environ,
            **environment,
            "PATH": f"{PROGRAMS.resolve()}:{os.environ['PATH']}",
            "PULUMI_HOME": str(directory / "pulumi"),
            "PULUMI_BACKEND_URL": f"file://{directory}",
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PYTHONPATH": str(ROOT),
        }
        settings = {"virtualenv": sys.prefix}
        project = {"name": "slipway", "runtime": {"name": "python", "options": settings}}
        (directory / "Pulumi.yaml").write_text(json.dumps(project))
        self.write(program)
        self.run("stack", "init", "test")

    def write(self, program: str) -> None:
        """Put another program in place."""
        (self.directory / "__main__.py").write_text(program)

    def run(self, *arguments: str, check: bool = True, limit_seconds: float = _LIMIT_SECONDS) -> Outcome:
        """Run one command of the engine."""
        command = ["pulumi", *arguments, "--non-interactive"]
        done = subprocess.run(
            command, cwd=self.directory, env=self.environment, capture_output=True, text=True, timeout=limit_seconds,
            check=False,
        )  # fmt: skip
        text = done.stdout + done.stderr
        assert not check or done.returncode == 0, f"{' '.join(command)} failed:\n{text[-6000:]}"
        return Outcome(done.returncode, text)

    def up(self, *, check: bool = True) -> Outcome:
        """Make it so."""
        return self.run("up", "--yes", "--skip-preview", "--suppress-progress", check=check)

    def destroy(self, *, check: bool = True) -> Outcome:
        """Take it down."""
        return self.run("destroy", "--yes", "--skip-preview", "--suppress-progress", check=check)

    def preview(self) -> Outcome:
        """Say what would be done, step by step."""
        done = self.run("preview", "--json")
        report = json.loads(done.text[done.text.index("{") :])
        return Outcome(done.returncode, done.text, dict(_steps(report)))

    def resources(self) -> list[dict[str, Any]]:
        """Custom resources of the stack's state, providers left out."""
        deployment = json.loads(self.run("stack", "export").text)["deployment"]
        found = deployment.get("resources", [])
        return [each for each in found if each.get("custom") and not each["type"].startswith("pulumi:")]

    def counts(self) -> Counter[str]:
        """How many resources of each type the state holds."""
        return Counter(each["type"] for each in self.resources())


def _steps(report: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for step in report["steps"]:
        kind, name = step["urn"].split("::")[2].rsplit("$", 1)[-1], step["urn"].rsplit("::", 1)[-1]
        yield f"{kind}::{name}", step["op"]
