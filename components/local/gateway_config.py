"""The gateway as documents for Envoy: a bootstrap that never changes, and four files that are replaced while it runs.

Each file lies in a folder of its own because a rename anywhere in a watched folder makes Envoy read every file there.
Replace a file by a rename; Envoy does not see a file that is written in place.

Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/best_practices/edge
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components import gateway_terms as terms
from components.local.gateway_clusters import prober
from components.local.gateway_filters import FILTERS, connection_manager
from components.local.gateway_routes import API_KEY_FILTER
from components.local.gateway_spec import GatewaySpec
from components.local.stack_dir import StackDir
from serving.counters import LATENCY_BUCKETS_MS
from serving.gateway_names import CLIENT_HEADER, KEY_HEADER

ADMIN_MODE = 0o600
MAX_HEAP_BYTES = 1024**3


@dataclass(frozen=True)
class GatewayFiles:
    """Where the gateway's files lie.

    Args:
        stack_dir: The stack whose gateway it is.
    """

    stack_dir: StackDir

    @property
    def bootstrap(self) -> Path:
        """Read once, when Envoy starts."""
        return self.stack_dir.gateway / "bootstrap.json"

    @property
    def listeners(self) -> Path:
        """What `listeners` returns."""
        return self.stack_dir.gateway / "listeners" / "listeners.json"

    @property
    def clusters(self) -> Path:
        """What `clusters` returns."""
        return self.stack_dir.gateway / "clusters" / "clusters.json"

    @property
    def routes(self) -> Path:
        """What `routes` returns."""
        return self.stack_dir.gateway / "routes" / "routes.json"

    @property
    def api_keys(self) -> Path:
        """What `api_keys` returns; secret."""
        return self.stack_dir.gateway / "keys" / "keys.json"

    @property
    def access_log(self) -> Path:
        """One JSON object a request."""
        return self.stack_dir.logs / "gateway-access.log"

    @property
    def process_log(self) -> Path:
        """Envoy's own log; secret, for Envoy prints a key file that it cannot read."""
        return self.stack_dir.logs / "gateway-envoy.log"


def arguments(files: GatewayFiles) -> list[str]:
    """Return Envoy's arguments.

    Unknown fields are refused because Envoy would drop them silently from the files that change. A hot restart is not
    needed, and its shared memory would outlive every gateway.
    """
    return [
        *("--config-path", str(files.bootstrap)),
        *("--log-path", str(files.process_log)),
        *("--concurrency", "1"),
        *("--file-flush-interval-msec", "1000"),
        "--disable-hot-restart",
        "--reject-unknown-dynamic-fields",
    ]


def bootstrap(files: GatewayFiles) -> dict[str, Any]:
    """Return what Envoy reads at its start."""
    return {
        **_process(files),
        "dynamic_resources": {"lds_config": _watched(files.listeners), "cds_config": _watched(files.clusters)},
        "static_resources": {"clusters": [prober(files.stack_dir)]},
    }


def listeners(files: GatewayFiles, spec: GatewaySpec) -> dict[str, Any]:
    """Return the listener discovery file: the one port, and what every request passes."""
    manager = connection_manager(
        spec,
        route_source=_watched(files.routes),
        key_source=_watched(files.api_keys),
        access_log=files.access_log,
    )
    listener = {
        "@type": "type.googleapis.com/envoy.config.listener.v3.Listener",
        "name": "gateway",
        "address": {"socket_address": {"address": spec.address, "port_value": spec.port}},
        "filter_chains": [{"filters": [{"name": "http", "typed_config": manager}]}],
        "per_connection_buffer_limit_bytes": 1024 * 1024,
        # Without this a second gateway takes half of the connections instead of failing.
        "enable_reuse_port": False,
    }
    return {"resources": [listener]}


def api_keys(keys: Mapping[str, str]) -> dict[str, Any]:
    """Return the key file, which must be readable by its owner alone.

    Args:
        keys: The secret of each client, by the client's name.
    """
    return {
        "resources": [
            {
                "@type": "type.googleapis.com/envoy.config.core.v3.TypedExtensionConfig",
                "name": API_KEY_FILTER,
                "typed_config": {
                    "@type": f"{FILTERS}.api_key_auth.v3.ApiKeyAuth",
                    "credentials": [{"key": key, "client": client} for client, key in sorted(keys.items())],
                    "key_sources": [{"header": KEY_HEADER}],
                    "forwarding": {"header": CLIENT_HEADER, "hide_credentials": True},
                },
            }
        ]
    }


def _process(files: GatewayFiles) -> dict[str, Any]:
    pipe = {"path": str(files.stack_dir.gateway_admin_socket), "mode": ADMIN_MODE}
    buckets = {"match": {"suffix": "upstream_rq_time"}, "buckets": list(LATENCY_BUCKETS_MS)}
    return {
        "node": {"id": "slipway-gateway", "cluster": "slipway"},
        "admin": {"address": {"pipe": pipe}},
        "stats_flush_interval": "1s",
        "stats_config": {"histogram_bucket_settings": [buckets]},
        "overload_manager": _overload_manager(),
    }


def _overload_manager() -> dict[str, Any]:
    monitors = "type.googleapis.com/envoy.extensions.resource_monitors"
    heap = "envoy.resource_monitors.fixed_heap"
    connections = "envoy.resource_monitors.global_downstream_max_connections"
    return {
        "resource_monitors": [
            {
                "name": heap,
                "typed_config": {
                    "@type": f"{monitors}.fixed_heap.v3.FixedHeapConfig",
                    "max_heap_size_bytes": MAX_HEAP_BYTES,
                },
            },
            {
                "name": connections,
                "typed_config": {
                    "@type": f"{monitors}.downstream_connections.v3.DownstreamConnectionsConfig",
                    "max_active_downstream_connections": terms.MAX_CONNECTIONS,
                },
            },
        ],
        "actions": [
            {
                "name": "envoy.overload_actions.stop_accepting_requests",
                "triggers": [{"name": heap, "threshold": {"value": 0.95}}],
            }
        ],
    }


def _watched(file: Path) -> dict[str, Any]:
    source = {"path": str(file), "watched_directory": {"path": str(file.parent)}}
    return {"path_config_source": source, "resource_api_version": "V3"}
