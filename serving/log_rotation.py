"""Keeps logs of a gateway within bounds: it writes its files itself, so the supervisor cannot rotate them."""

import contextlib
import http.client
from collections.abc import Iterable
from pathlib import Path

from serving.unix_http import ask

MAX_BYTES = 64 * 1024 * 1024
BACKUPS = 3


def rotate_gateway_logs(logs: Iterable[Path], admin_socket: Path, max_bytes: int = MAX_BYTES) -> list[Path]:
    """Put aside logs that grew too large and let the gateway begin new ones.

    Args:
        logs: The files that the gateway writes.
        admin_socket: Its admin interface; Envoy begins a new file only when asked.
        max_bytes: A file of this size is put aside.

    Returns:
        The files that were put aside; a gateway that does not run begins new ones at its next start.
    """
    large = [log for log in logs if log.exists() and log.stat().st_size >= max_bytes]
    for log in large:
        _put_aside(log)
    if large:
        with contextlib.suppress(OSError, http.client.HTTPException):
            ask(admin_socket, "/reopen_logs", "POST")
    return large


def _put_aside(log: Path) -> None:
    for number in range(BACKUPS, 1, -1):
        older = log.with_name(f"{log.name}.{number - 1}")
        if older.exists():
            older.replace(log.with_name(f"{log.name}.{number}"))
    log.replace(log.with_name(f"{log.name}.1"))
