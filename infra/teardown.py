"""Taking a cloud down in its order: drain, check that nothing stands on it, destroy, look for what is left.

`make drain`, `make down` and `make leaks` call it; the destroy itself is Pulumi's.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from components.aws.cluster_spec import cluster_name
from components.aws.leaks import Place, account, leaks, sweep
from infra.account_check import identity
from infra.stack_file_text import rewritten, shown_change
from infra.stack_values import cluster_of, stack_values

NO_STACK = "no stack named"
"""How the engine says that there is none."""
_PLATFORM = "slipway:platform"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0: done or nothing left, 1: something stands in the way or is left."""
    parser = argparse.ArgumentParser(prog="python -m infra.teardown", description=__doc__)
    parser.add_argument("command", choices=["drain", "check", "leaks"])
    parser.add_argument("--stack", required=True, help="such as dev")
    parser.add_argument("--sweep", action="store_true", help="with leaks: delete log groups that EKS made again")
    options = parser.parse_args(arguments)
    path = Path(f"Pulumi.{options.stack}.yaml")
    if options.command == "drain":
        return drain(path)
    if options.command == "check":
        return check(options.stack)
    return look(options.stack, path, delete_logs=options.sweep)


def drain(path: Path) -> int:
    """Write `lifecycle: drain` into a stack file and show the change."""
    before = path.read_text(encoding="utf-8")
    try:
        after = drained(before, path.name)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    path.write_text(after, encoding="utf-8")
    sys.stdout.write(shown_change(before, after, path.name))
    return 0


def drained(text: str, name: str) -> str:
    """Return a stack file with `lifecycle: drain`; comments and order stay.

    Raises:
        ValueError: Its platform has nothing to drain.
    """

    def change(document: dict[str, Any]) -> None:
        platform = document["config"][_PLATFORM]
        kind = platform.get("kind")
        if kind not in ("aws", "kubernetes"):
            raise ValueError(f'platform.kind is "{kind}" in {name}; only aws and kubernetes are drained.')
        platform["lifecycle"] = "drain"

    return rewritten(text, change)


def check(stack: str) -> int:
    """Refuse the destroy of a cloud on which another stack stands, or may stand."""
    refused = [sentence for other in standing_on(stack, Path()) if (sentence := _in_the_way(other, stack))]
    sys.stderr.writelines(f"{sentence} Nothing was destroyed.\n" for sentence in refused)
    return int(bool(refused))


def _in_the_way(other: str, stack: str) -> str:
    try:
        count = resource_count(other)
    except RuntimeError as error:
        return f"{other} stands on the cluster of {stack}, and nobody knows whether it has resources: {error}"
    if not count:
        return ""
    return (
        f"{other} stands on the cluster of {stack} and has {count} resources; take it down first: make down "
        f"STACK={other}. Its nodes, addresses and volumes would outlive the cluster."
    )


def standing_on(stack: str, folder: Path) -> Iterator[str]:
    """Yield the stacks whose stack file takes its cluster from this one."""
    for path in sorted(folder.glob("Pulumi.*.yaml")):
        if cluster_of(_platform(path)) == stack:
            yield path.name.removeprefix("Pulumi.").removesuffix(".yaml")


def resource_count(stack: str) -> int:
    """Return how many resources a stack has; none when there is no such stack.

    Raises:
        RuntimeError: The state could not be read.
    """
    command = ["pulumi", "stack", "export", "--stack", stack]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode and NO_STACK in done.stderr:
        return 0
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    return len([each for each in json.loads(done.stdout)["deployment"].get("resources", []) if each.get("custom")])


def look(stack: str, path: Path, *, delete_logs: bool) -> int:
    """Print what a destroyed stack left; delete the log groups that its cluster made again when asked to."""
    platform = _platform(path)
    region, wanted = platform.get("region", "us-east-1"), platform.get("account_id")
    account_id, caller = identity(region)
    if not account_id or (wanted and account_id != wanted):
        whose = f"of {account_id}" if account_id else "none"
        sys.stderr.write(f"The account {wanted} could not be asked: these credentials are {whose} ({caller}).\n")
        return 1
    suffix = (platform.get("cluster") or {}).get("name_suffix", "")
    place, ask = Place(stack=stack, cluster=cluster_name(stack, suffix)), account(region)
    try:
        if delete_logs:
            sys.stdout.writelines(f"{group} was deleted\n" for group in sweep(place, ask, region))
        left = list(leaks(place, ask))
    except (BotoCoreError, ClientError) as error:
        sys.stderr.write(f"The account could not be asked: {error}\n")
        return 1
    sys.stdout.writelines(f"{line}\n" for line in left)
    return int(bool(left))


def _platform(path: Path) -> dict[str, Any]:
    platform = stack_values(path).get("platform")
    return platform if isinstance(platform, dict) else {}


if __name__ == "__main__":
    sys.exit(main())
