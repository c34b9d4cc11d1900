"""What `make up` ends with: what runs, how to call it, its real answer, and where to look next.

`python -m infra.summary --stack local` prints it again at any time.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from components.local.stack_dir import StackDir
from components.local.status import SlotStatus, slot_statuses
from components.status_table import table
from infra.stack_values import is_elsewhere, serves_models
from serving.errors import ConfigurationError


def main(arguments: Sequence[str]) -> int:
    """Print the summary of a stack that is up; return 0 when its first model answered, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m infra.summary", description=__doc__)
    parser.add_argument("--stack", default="local", help="the stack's name (default: local)")
    stack = parser.parse_args(arguments).stack
    return elsewhere(stack) if is_elsewhere(stack) else one_machine(stack)


def elsewhere(stack: str) -> int:
    """Print the summary of a stack on a cluster; one that serves no models has none."""
    # Only here: the client of clusters takes time that a stack on one machine does not need.
    from infra.cluster_summary import summarise  # noqa: PLC0415

    try:
        return summarise(stack) if serves_models(stack) else 0
    except ConfigurationError as error:
        print(error)
        return 1


def one_machine(stack: str) -> int:
    """Print the summary of a stack on this machine."""
    outputs = stack_outputs(stack)
    stack_dir = StackDir.at(Path(".slipway") / stack)
    model = next(iter(sorted(outputs["models"])))
    command = example_call(stack, model, outputs)
    answered = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    answer = answered.stdout.strip() or answered.stderr.strip()
    slots = table(SlotStatus, slot_statuses(stack_dir))
    url = outputs["gateway_url"]
    print(text(stack=stack, model=model, gateway_url=url, slots=slots, command=command, answer=answer))
    return 0 if '"outputs"' in answer else 1


def stack_outputs(stack: str) -> dict[str, Any]:
    """Return the stack's outputs; secret ones stay hidden."""
    asked = subprocess.run(
        ["pulumi", "stack", "output", "--json", "--stack", stack], capture_output=True, text=True, check=True
    )
    outputs: dict[str, Any] = json.loads(asked.stdout)
    return outputs


def example_call(stack: str, model: str, outputs: dict[str, Any]) -> str:
    """Return a command that sends a golden row of a model; the key is looked up when it runs and never printed."""
    key = next(name for name in sorted(outputs) if name.startswith("api_key_"))
    return (
        f'curl -s -H "x-api-key: $(pulumi stack output {key} --show-secrets --stack {stack})" '
        f"-H content-type:application/json -d @.slipway/{stack}/samples/{model}.json {outputs['models'][model]['url']}"
    )


def text(*, stack: str, model: str, gateway_url: str, slots: str, command: str, answer: str) -> str:
    """Return the summary as it is printed."""
    lines = [
        "",
        slots,
        "",
        f"Gateway   {gateway_url}",
        "Call it   source .slipway/env",
        f"          {command}",
        f"Answer    {answer}",
        "",
        f"Look      make status STACK={stack} · logs and metrics below .slipway/{stack}/logs/",
        f"Release   make release MODEL={model} RELEASE=releases/{model}/2 STACK={stack}, then make up STACK={stack}",
        f"Roll back make rollback MODEL={model} STACK={stack}, then make up STACK={stack}",
        f"Take down make down STACK={stack}",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
