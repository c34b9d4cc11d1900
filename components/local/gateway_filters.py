"""What every request passes in the gateway, in this order: who calls, how much is sent, what is sent, who may.

Source: https://www.envoyproxy.io/docs/envoy/v1.40.0/configuration/best_practices/edge
"""

from pathlib import Path
from typing import Any

from components import gateway_terms as terms
from components.access_log_fields import access_log_fields
from components.local.gateway_errors import local_replies
from components.local.gateway_routes import (
    ACCESS_FILTER,
    API_KEY_FILTER,
    GUARD_FILTER,
    ROUTES,
)
from components.local.gateway_spec import GatewaySpec
from components.request_guard import script
from serving.gateway_names import CLIENT_HEADER, MODEL_HEADER

FILTERS = "type.googleapis.com/envoy.extensions.filters.http"
MAX_HEADERS_KIB = 16
MAX_HEADERS = 64


def connection_manager(
    spec: GatewaySpec, *, route_source: dict[str, Any], key_source: dict[str, Any], access_log: Path
) -> dict[str, Any]:
    """Return the settings of Envoy's HTTP connection manager.

    Args:
        spec: The gateway.
        route_source: Where Envoy finds the routes, as a `ConfigSource`.
        key_source: Where Envoy finds the API keys, as a `ConfigSource`.
        access_log: The file that gets one JSON object a request.
    """
    timeout = f"{spec.request_timeout_seconds}s"
    manager = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
    return {
        "@type": f"type.googleapis.com/{manager}",
        "stat_prefix": "slipway",
        "codec_type": "AUTO",
        "rds": {"route_config_name": ROUTES, "config_source": route_source},
        "http_filters": _http_filters(spec, key_source),
        "access_log": [_access_log(access_log)],
        "local_reply_config": local_replies(spec),
        **_caller_identity(),
        **_path_hardening(),
        "common_http_protocol_options": {"idle_timeout": terms.CALLER_IDLE, "max_headers_count": MAX_HEADERS},
        "http2_protocol_options": {
            "max_concurrent_streams": terms.MAX_STREAMS,
            "initial_stream_window_size": 256 * 1024,
            "initial_connection_window_size": 1024 * 1024,
        },
        "max_request_headers_kb": MAX_HEADERS_KIB,
        "request_headers_timeout": "10s",
        "request_timeout": timeout,
        "stream_idle_timeout": f"{spec.request_timeout_seconds + 5}s",
        "drain_timeout": f"{spec.drain_seconds}s",
        "server_name": "slipway",
    }


def _caller_identity() -> dict[str, Any]:
    return {
        # Internal callers may override timeouts and retries by headers. Without a range of our own loopback would be
        # internal, so the range is one that nobody calls from.
        "use_remote_address": True,
        "internal_address_config": {"cidr_ranges": [{"address_prefix": "255.255.255.255", "prefix_len": 32}]},
        "skip_xff_append": True,
        "generate_request_id": True,
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
    }


def _path_hardening() -> dict[str, Any]:
    return {"normalize_path": True, "merge_slashes": True, "path_with_escaped_slashes_action": "REJECT_REQUEST"}


def _http_filters(spec: GatewaySpec, key_source: dict[str, Any]) -> list[dict[str, Any]]:
    removals = [{"remove": name} for name in (CLIENT_HEADER, MODEL_HEADER)]
    return [
        _filter("strip", "header_mutation.v3.HeaderMutation", {"mutations": {"request_mutations": removals}}),
        {
            "name": API_KEY_FILTER,
            "config_discovery": {
                "config_source": key_source,
                "type_urls": [f"{FILTERS}.api_key_auth.v3.ApiKeyAuth"],
            },
        },
        _filter("buffer", "buffer.v3.Buffer", {"max_request_bytes": spec.max_request_bytes}),
        _filter(GUARD_FILTER, "lua.v3.Lua", {"default_source_code": {"inline_string": script("prober")}}),
        _filter(ACCESS_FILTER, "rbac.v3.RBAC", {}),
        # Envoy counts a gRPC call that failed as a 200; this counts gRPC statuses for each cluster.
        _filter("grpc_stats", "grpc_stats.v3.FilterConfig", {"stats_for_all_methods": False}),
        _filter("router", "router.v3.Router", {"suppress_envoy_headers": True}),
    ]


def _access_log(file: Path) -> dict[str, Any]:
    fields = access_log_fields(
        model="%ROUTE_NAME%",
        slot="%METADATA(CLUSTER:slipway:slot)%",
        release="%METADATA(CLUSTER:slipway:release)%",
    )
    fields["prediction"] = "%DYNAMIC_METADATA(slipway:prediction)%"
    return {
        "name": "file",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog",
            "path": str(file),
            "log_format": {"json_format": fields},
        },
    }


def _filter(name: str, kind: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "typed_config": {"@type": f"{FILTERS}.{kind}", **config}}
