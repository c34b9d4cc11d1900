"""A server that answers everything with what the test has put into it, and remembers what it was asked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.support.http_server import serving_by


@dataclass
class RecordingServer:
    """Where it listens, its answer as status and body, and the paths and headers that it was asked with."""

    port: int
    answer: tuple[int, bytes] = (200, b"")
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def recording_server(address: str = "127.0.0.1", port: int = 0) -> Iterator[RecordingServer]:
    """Serve until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            made.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            status, body = made.answer
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

    with serving_by(Handler, address, port) as server:
        made = RecordingServer(server.server_port)
        yield made
