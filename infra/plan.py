"""What a cloud stack would be and cost, without an account: `make plan STACK=dev`.

Runs the real engine over the real program in a folder of its own, so that neither the state nor the stack file of the
checkout is touched. AWS is played by the stand-in that the tests have, and the page says so. Encrypted values stay
encrypted: the plan is made with a text in their place, and needs no key.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from infra.plan_events import read_plan
from infra.plan_view import show
from infra.secret_values import without_secrets

ROOT = Path(__file__).resolve().parents[1]
_ERROR, _LAST_WORDS = "error: ", "info#err"
"""How the engine begins what it says beside its events, and what it calls a plugin's own standard error."""
STAND_IN = "tests.support.aws_stand_in"
PLAYED_BY = "AWS is played by a stand-in: names and numbers are planned, nothing was asked of an account."


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the plan; 0: an `up` would be let through, 1: it would be refused, 2: there is nothing to plan."""
    parser = argparse.ArgumentParser(prog="python -m infra.plan", description=__doc__)
    parser.add_argument("--stack", required=True, help="such as dev")
    parser.add_argument("--policies", type=Path, required=True, help="configuration of the policy pack")
    options = parser.parse_args(arguments)
    stack_file = Path(f"Pulumi.{options.stack}.yaml")
    config = read_config(stack_file)
    refused = refusal(stack_file.name, config)
    if refused:
        sys.stderr.write(f"{refused}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="slipway-plan-") as folder:
        lines = events(options.stack, config, Path(folder), options.policies.resolve())
    sys.stdout.write(f"{PLAYED_BY}\n\n")
    return show(lines, options.stack, config)


def read_config(stack_file: Path) -> dict[str, Any]:
    """Return the configuration of a stack file, with a text in the place of secrets; empty where there is none."""
    if not stack_file.exists():
        return {}
    read = YAML(typ="safe").load(stack_file.read_text(encoding="utf-8")) or {}
    return dict(without_secrets(read.get("config") or {}))


def refusal(name: str, config: Mapping[str, Any]) -> str:
    """Return why there is nothing to plan; nothing when there is."""
    if not config:
        return f"{name} is missing; name a stack that has a stack file."
    platform = config.get("slipway:platform")
    kind = platform.get("kind") if isinstance(platform, dict) else None
    if kind in ("aws", "foundation"):
        return ""
    cluster = platform.get("cluster") if isinstance(platform, dict) else None
    cloud = cluster.get("stack") if isinstance(cluster, dict) else None
    if cloud:
        return f"{name} stands on the cluster of {cloud}, which makes and costs all of AWS: make plan STACK={cloud}."
    return f'platform.kind is "{kind}" in {name}; a plan is for aws and foundation: use make preview.'


def events(stack: str, config: Mapping[str, Any], folder: Path, policies: Path) -> list[str]:
    """Return the engine's events of a first preview of a stack."""
    for name in ("__main__.py", "Pulumi.yaml"):
        shutil.copy(ROOT / name, folder)
    # JSON is YAML; the stack file itself may need a key that nobody here has.
    (folder / f"Pulumi.{stack}.yaml").write_text(json.dumps({"config": config}), encoding="utf-8")
    (folder / ".venv").symlink_to(sys.prefix)
    environment = {
        **os.environ,
        "PULUMI_BACKEND_URL": f"file://{folder}",
        "PULUMI_CONFIG_PASSPHRASE": "only for this plan",
        "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("PULUMI_CONFIG_PASSPHRASE_FILE", None)
    engine = ["pulumi", "--non-interactive", "--cwd", str(folder)]
    subprocess.run([*engine, "stack", "init", stack], env=environment, check=True, capture_output=True)
    packs = ["--policy-pack", str(ROOT / "policies"), "--policy-pack-config", str(policies)]
    command = [*engine, "preview", "--stack", stack, "--json", *packs]
    played = [sys.executable, "-m", STAND_IN, *command]
    done = subprocess.run(played, env=environment, cwd=ROOT, check=False, capture_output=True, text=True)
    if not done.stdout.strip():
        raise RuntimeError(f"the preview said nothing:\n{done.stderr}")
    lines = done.stdout.splitlines()
    return [*lines, *failures(lines, done.stderr)] if done.returncode else lines


def failures(lines: Sequence[str], stderr: str) -> Iterator[str]:
    """Yield as error events what a failed preview says elsewhere, such as that the rules did not start, and why."""
    beside = [line.removeprefix(_ERROR) for line in stderr.splitlines() if line.startswith(_ERROR)]
    words = [
        event["diagnosticEvent"]["message"]
        for event in map(json.loads, lines)
        if event.get("diagnosticEvent", {}).get("severity") == _LAST_WORDS
    ]
    silent = not words and not beside and read_plan(lines).acceptable
    for message in [stderr] if silent else [*words, *beside]:
        yield json.dumps({"sequence": 0, "diagnosticEvent": {"severity": "error", "message": message}})


if __name__ == "__main__":
    sys.exit(main())
