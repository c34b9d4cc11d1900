"""One HTTP request over a unix socket: the gateway's admin interface and the prober listen on such."""

import http.client
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


def ask(unix_socket: Path, path: str, method: str = "GET") -> str:
    """Return the body of the answer, whatever its status.

    Raises:
        OSError: Nothing listens there, or it does not answer in time.
        http.client.HTTPException: It broke off its answer.
    """
    connection = _UnixConnection(unix_socket)
    try:
        connection.request(method, path)
        return connection.getresponse().read().decode()
    finally:
        connection.close()
