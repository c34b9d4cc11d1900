"""What runs now, in one table: `python -m components.local.status --stack local`.

Everything is looked at while it is asked: health by a golden inference, weights and counts at the gateway.
"""

import argparse
import http.client
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from components.local.fragments import Endpoint, Weights
from components.local.gateway_admin import statistics
from components.local.stack_dir import StackDir
from components.local.supervision import Supervision
from components.status_table import table
from serving.probe import Probe, ProbeError
from serving.unix_http import ask

PROBE_TIMEOUT_SECONDS = 3


@dataclass(frozen=True, kw_only=True)
class SlotStatus:
    """One line of the table.

    Args:
        restarts: By the prober, because the slot failed its golden inference.
        requests: Since the gateway started, as are `errors`; None when it does not answer.
    """

    model: str
    slot: str
    role: str
    release: str
    weight: str
    health: str
    restarts: int
    requests: int | None
    errors: int | None


def slot_statuses(stack_dir: StackDir) -> list[SlotStatus]:
    """Return every running slot of a stack as it is now."""
    probed = _probed(stack_dir)
    return [_slot_status(stack_dir, endpoint, probed) for endpoint in Endpoint.all(stack_dir)]


def main(arguments: Sequence[str]) -> int:
    """Print the table; return 0 when every slot answers rightly, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m components.local.status", description=__doc__)
    parser.add_argument("--stack", default="local", help="the stack's name (default: local)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args(arguments)
    stack_dir = StackDir.at(Path(".slipway") / options.stack)
    if not Supervision(stack_dir).running():
        print(f"Stack {options.stack} does not run on this machine. Start it with `make up STACK={options.stack}`.")
        return 1
    rows = slot_statuses(stack_dir)
    print(json.dumps([asdict(row) for row in rows], indent=2) if options.json else table(SlotStatus, rows))
    return 0 if all(row.health == "ok" for row in rows) else 1


def _probed(stack_dir: StackDir) -> dict[str, dict[str, dict[str, Any]]]:
    try:
        found: dict[str, dict[str, dict[str, Any]]] = json.loads(ask(stack_dir.prober_socket, "/status"))
    except (OSError, http.client.HTTPException, ValueError):
        return {}
    return found


def _slot_status(stack_dir: StackDir, endpoint: Endpoint, probed: dict[str, dict[str, dict[str, Any]]]) -> SlotStatus:
    traffic = Weights.read(stack_dir, endpoint.model)
    weight = traffic.weights.get(endpoint.slot, 0) if traffic else 0
    requests, errors = _counts(stack_dir, endpoint)
    return SlotStatus(
        model=endpoint.model,
        slot=endpoint.slot,
        role="live" if weight else "idle",
        release=f"{endpoint.release_version} ({endpoint.release_digest[:12]})",
        weight=f"{weight}%",
        health=_health(endpoint),
        restarts=probed.get(endpoint.model, {}).get(endpoint.slot, {}).get("restarts", 0),
        requests=requests,
        errors=errors,
    )


def _health(endpoint: Endpoint) -> str:
    try:
        Probe.read(endpoint.probe).ask(endpoint.url, PROBE_TIMEOUT_SECONDS)
    except ProbeError as error:
        return f"FAILING: {error}"
    return "ok"


def _counts(stack_dir: StackDir, endpoint: Endpoint) -> tuple[int | None, int | None]:
    pattern = f"^cluster%5C.{endpoint.model}_{endpoint.slot}_(rest|grpc)%5C.upstream_rq_(total|5xx)$"
    try:
        found = statistics(stack_dir.gateway_admin_socket, pattern)
    except (OSError, http.client.HTTPException):
        return None, None
    total = sum(value for name, value in found.items() if name.endswith("total"))
    return total, sum(value for name, value in found.items() if name.endswith("5xx"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
