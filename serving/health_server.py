"""Answers the health questions of the KServe v2 protocol from what the prober saw, over a unix socket.

A model server's own readiness stays true while its model is dead, so the gateway asks here instead.

Source: https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol
"""

import contextlib
import json
import re
import socketserver
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from serving.gateway_names import SLOT_HEADER

MODEL_READY = re.compile(r"^/v2/models/([^/?]+)/ready$")
Status = Mapping[str, Mapping[str, Mapping[str, Any]]]


def answer(path: str, pinned: str | None, status: Status, weights: Mapping[str, Mapping[str, int]]) -> int:
    """Return the HTTP status for a health question.

    Args:
        path: The path that was asked.
        pinned: The slot that the caller wants to know of; by default every slot with user traffic counts.
        status: Model → slot → what the prober knows, with `healthy`.
        weights: Model → slot → per cent of user traffic.
    """
    if path == "/v2/health/live":
        return HTTPStatus.OK
    if path == "/v2/health/ready":
        healthy = all(_model_ready(status.get(model, {}), shares, None) for model, shares in weights.items())
        return HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE
    named = MODEL_READY.match(path)
    if named is None or named[1] not in status:
        return HTTPStatus.NOT_FOUND
    healthy = _model_ready(status[named[1]], weights.get(named[1], {}), pinned)
    return HTTPStatus.OK if healthy else HTTPStatus.SERVICE_UNAVAILABLE


class HealthServer:
    """The socket and its thread; `publish` replaces what it answers from."""

    def __init__(self, socket_path: Path, weights_folder: Path) -> None:
        socket_path.unlink(missing_ok=True)
        self._server = _Server(socket_path, weights_folder)
        socket_path.chmod(0o600)

    def start(self) -> None:
        """Answer from now on, in a thread that ends with the process."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def publish(self, status: Status) -> None:
        """Answer from this status from now on."""
        self._server.status = status


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    # Whoever finds a unix socket's queue full is turned away at once, and 5 is the default.
    request_queue_size = 128

    def __init__(self, socket_path: Path, weights_folder: Path) -> None:
        super().__init__(str(socket_path), _Handler)
        self.status: Status = {}
        self.weights_folder = weights_folder


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # An idle connection holds a thread; the gateway opens another when it needs one.
    timeout = 30

    def do_GET(self) -> None:
        if self.path == "/status":
            self._reply(HTTPStatus.OK, self.server.status)
            return
        code = answer(self.path, self.headers.get(SLOT_HEADER), self.server.status, self._weights())
        self._reply(code, {"ready": code == HTTPStatus.OK})

    def address_string(self) -> str:
        return "gateway"

    def log_message(self, *_: object) -> None:
        """Say nothing: the gateway's access log has every question."""

    def _reply(self, code: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _weights(self) -> dict[str, dict[str, int]]:
        found = {}
        for path in self.server.weights_folder.glob("*.json"):
            with contextlib.suppress(FileNotFoundError):  # the model is being removed
                found[path.stem] = json.loads(path.read_text())["weights"]
        return found


def _model_ready(slots: Mapping[str, Mapping[str, Any]], shares: Mapping[str, int], pinned: str | None) -> bool:
    wanted = [pinned] if pinned else [slot for slot, share in shares.items() if share]
    return bool(wanted) and all(slots.get(slot, {}).get("healthy", False) for slot in wanted)
