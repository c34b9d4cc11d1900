"""Questions to the gateway's admin interface, over its unix socket.

Source: https://www.envoyproxy.io/docs/envoy/latest/operations/admin
"""

import http.client
import json
import socket
from pathlib import Path

ANSWER_SECONDS = 5


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ANSWER_SECONDS)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


def ask(admin_socket: Path, path: str, method: str = "GET") -> str:
    """Return what the gateway answers to one admin request.

    Raises:
        OSError: The gateway does not run, or does not answer in time.
        http.client.HTTPException: It broke off its answer.
    """
    connection = _UnixConnection(admin_socket)
    try:
        connection.request(method, path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


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
