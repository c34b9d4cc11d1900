"""A real model server over a repository that the product writes, for tests."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.local.triton import environment, server_home, stage_backends
from serving.endpoint import Endpoint, InferenceError
from serving.release import Release
from serving.repository import Runtime, write_repository
from tests.support.waiting import free_port, until

START_SECONDS = 60
STOP_SECONDS = 15


@dataclass(frozen=True)
class ModelServer:
    """Where a running server is asked."""

    url: str
    grpc: str
    metrics: str
    log: Path


@contextmanager
def serving(releases: Sequence[Release], folder: Path, runtime: Runtime) -> Iterator[ModelServer]:
    """Serve releases until the block ends."""
    for release in releases:
        write_repository(release, folder / "repository", runtime)
    http_port, grpc_port, metrics_port = free_port(), free_port(), free_port()
    command = [
        str(server_home() / "bin" / "tritonserver"),
        f"--model-repository={folder / 'repository'}",
        f"--backend-directory={stage_backends(folder / 'backends')}",
        *("--http-address=127.0.0.1", f"--http-port={http_port}", "--grpc-address=127.0.0.1"),
        *(f"--grpc-port={grpc_port}", f"--metrics-port={metrics_port}"),
        *(f"--backend-config=python,shm-region-prefix-name={folder.name}", "--exit-timeout-secs=5"),
        "--allow-gpu-metrics=false",
    ]
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment(), stdout=output, stderr=output)
    server = ModelServer(f"http://127.0.0.1:{http_port}", f"127.0.0.1:{grpc_port}", f"127.0.0.1:{metrics_port}", log)
    try:
        names = [release.manifest.name for release in releases]
        until(lambda: process.poll() is not None or _knows(server, names), START_SECONDS, f"the server of {log}")
        if process.poll() is not None:
            raise RuntimeError(log.read_text()[-3000:])
        yield server
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _knows(server: ModelServer, names: Sequence[str]) -> bool:
    try:
        with Endpoint(server.url, timeout_seconds=1) as endpoint:
            return all(endpoint.metadata(name) for name in names)
    except InferenceError:
        return False
