"""Questions to the gateway's admin interface, over its unix socket.

Source: https://www.envoyproxy.io/docs/envoy/latest/operations/admin
"""

import http.client
import json
from pathlib import Path

from serving.unix_http import ask


def answers(admin_socket: Path) -> bool:
    """Return whether the gateway's admin interface answers."""
    try:
        return ask(admin_socket, "/ready").strip() == "LIVE"
    except (OSError, http.client.HTTPException):
        return False


def statistics(admin_socket: Path, pattern: str) -> dict[str, int]:
    """Return the counters and gauges whose names match a regular expression; one never touched is absent."""
    found = json.loads(ask(admin_socket, f"/stats?format=json&filter={pattern}"))["stats"]
    return {entry["name"]: entry["value"] for entry in found if "value" in entry}
