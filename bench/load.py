"""Load on one URL by wrk, and what came of it."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from serving.errors import ConfigurationError

SCRIPT = Path(__file__).with_name("load.lua")
# wrk waits this long for an answer before it counts a timeout.
TIMEOUT_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Load:
    """What one run of wrk saw.

    Attributes:
        requests: answered requests, the failed ones too.
        seconds: how long it ran.
        p50_ms: median of the answer times.
        p99_ms: their 99th percentile.
        errors: broken connections, timeouts, and answers of status 400 and above.
    """

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    errors: int


def require_wrk() -> None:
    """Check that wrk is there.

    Raises:
        ConfigurationError: it is not.
    """
    if shutil.which("wrk") is None:
        raise ConfigurationError("wrk, which makes the load, is not on PATH; install it, on Debian: apt install wrk.")


def put_load(url: str, body: bytes, headers: Mapping[str, str], *, connections: int, seconds: float) -> Load:
    """Post the same body over so many connections, each with one request at a time, for so long.

    Args:
        url: where to.
        body: what.
        headers: besides `content-type: application/json`.
        connections: how many.
        seconds: whole seconds are what wrk knows; fractions are rounded up.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        pairs = {"content-type": "application/json", **headers}
        options = ["--threads", "1", "--connections", str(connections), "--duration", f"{-int(-seconds // 1)}s"]
        command = ["wrk", *options, "--timeout", f"{TIMEOUT_SECONDS}s", "--script", str(SCRIPT), url, "--", file.name]
        command += [part for pair in pairs.items() for part in pair]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Load(**json.loads(done.stdout.splitlines()[-1]))
