"""How long a preview of the cloud takes, with and without policies, for 1, 2 and 4 environments' worth of resources.

Runs the real engine with the stand-in for AWS, so the figures hold engine, program and policies, and no network.
Growth should be linear: the last column is the time per resource, which then stays the same.

    python -m bench.plan [--environments 1 2 4] [--policy-pack policies]
"""

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.e2e_aws.stacks import settings
from tests.support.aws_stand_in.server import running
from tests.support.engine import ROOT, Engine

_PROGRAM = """
import json
from components.aws.aws_platform import AwsPlatform
from infra.aws_settings import AwsPlatform as Settings

platform = json.loads({platform!r})
for number in range({count}):
    AwsPlatform(f"cloud-{{number}}", Settings(**platform).args(f"dev-{{number}}"))
"""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One preview.

    Args:
        resources: How many the engine planned, components included.
    """

    environments: int
    policies: bool
    resources: int
    seconds: float


def measure(engine: Engine, environments: int, policy_pack: Path | None) -> Measure:
    """Time one preview."""
    configured = ["--policy-pack-config", str(ROOT / "policies" / "config" / "local.json")]
    arguments = ["--policy-pack", str(policy_pack), *configured] if policy_pack else []
    start = time.perf_counter()
    done = engine.run("preview", "--suppress-progress", *arguments, check=False)
    seconds = time.perf_counter() - start
    return Measure(
        environments=environments, policies=policy_pack is not None, resources=done.planned(), seconds=seconds
    )


def table(measures: list[Measure]) -> str:
    """The figures as a Markdown table."""
    lines = ["| environments | policies | resources | seconds | ms per resource |", "|--:|:--|--:|--:|--:|"]
    for each in measures:
        word = "with" if each.policies else "without"
        rate = 1000 * each.seconds / each.resources
        lines.append(f"| {each.environments} | {word} | {each.resources} | {each.seconds:.1f} | {rate:.0f} |")
    return "\n".join(lines)


def main() -> int:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--environments", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--policy-pack", type=Path, default=ROOT / "policies")
    options = parser.parse_args()
    platform = json.dumps(settings("dev"))
    measures: list[Measure] = []
    with running() as stand_in, tempfile.TemporaryDirectory() as directory:
        engine = Engine(Path(directory), stand_in.environment, "")
        for count in options.environments:
            engine.write(_PROGRAM.format(platform=platform, count=count))
            measures.extend(measure(engine, count, pack) for pack in (None, options.policy_pack.resolve()))
    print(table(measures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
