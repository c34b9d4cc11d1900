"""The gateway's upstreams: one cluster a slot and protocol, and a second one for the requests mirrored to it.

Mirrored requests have clusters of their own because they would count as real ones in the statistics that a shift is
judged by.
"""

from collections.abc import Sequence
from typing import Any

from components import gateway_terms as terms
from components.local.gateway_spec import ModelRoute, SlotEndpoint
from components.local.stack_dir import StackDir

PROBER_CLUSTER = "prober"
MAX_MIRRORED_REQUESTS = 64
HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def rest_cluster(model: str, slot: str) -> str:
    """Return the cluster that takes a slot's REST requests."""
    return f"{model}_{slot}_rest"


def grpc_cluster(model: str, slot: str) -> str:
    """Return the cluster that takes a slot's gRPC requests."""
    return f"{model}_{slot}_grpc"


def mirror_rest_cluster(model: str, slot: str) -> str:
    """Return the cluster that takes copies of REST requests for a slot."""
    return f"{model}_{slot}_mirror_rest"


def mirror_grpc_cluster(model: str, slot: str) -> str:
    """Return the cluster that takes copies of gRPC requests for a slot."""
    return f"{model}_{slot}_mirror_grpc"


def clusters(models: Sequence[ModelRoute]) -> dict[str, Any]:
    """Return the cluster discovery file: every cluster of every running slot."""
    kind = "type.googleapis.com/envoy.config.cluster.v3.Cluster"
    made = (cluster for model in models for slot in model.slots for cluster in _slot_clusters(slot))
    return {"resources": [{"@type": kind, **cluster} for cluster in made]}


def prober(stack_dir: StackDir) -> dict[str, Any]:
    """Return the cluster of the prober, which knows whether a slot really answers."""
    endpoint = {"pipe": {"path": str(stack_dir.prober_socket)}}
    return _cluster(PROBER_CLUSTER, endpoint, {"http_protocol_options": {}}, terms.MAX_REQUESTS)


def _slot_clusters(slot: SlotEndpoint) -> list[dict[str, Any]]:
    name = (slot.model, slot.slot)
    http, grpc = _loopback(slot.http_port), _loopback(slot.grpc_port)
    http1: dict[str, Any] = {"http_protocol_options": {}}
    http2: dict[str, Any] = {"http2_protocol_options": {}}
    made = [
        _cluster(rest_cluster(*name), http, http1, terms.MAX_REQUESTS),
        _cluster(grpc_cluster(*name), grpc, http2, terms.MAX_REQUESTS),
        _cluster(mirror_rest_cluster(*name), http, http1, MAX_MIRRORED_REQUESTS),
        _cluster(mirror_grpc_cluster(*name), grpc, http2, MAX_MIRRORED_REQUESTS),
    ]
    labels = {"model": slot.model, "slot": slot.slot, "release": slot.release}
    return [{**cluster, "metadata": {"filter_metadata": {"slipway": labels}}} for cluster in made]


def _loopback(port: int) -> dict[str, Any]:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, address: dict[str, Any], protocol: dict[str, Any], max_requests: int) -> dict[str, Any]:
    limits = {
        "max_connections": max_requests,
        "max_pending_requests": max_requests,
        "max_requests": max_requests,
        "max_retries": terms.MAX_REQUESTS,
    }
    return {
        "name": name,
        "type": "STATIC",
        "connect_timeout": terms.CONNECT_TIMEOUT,
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}],
        },
        "circuit_breakers": {"thresholds": [limits]},
        "typed_extension_protocol_options": {
            HTTP_OPTIONS: {
                "@type": f"type.googleapis.com/{HTTP_OPTIONS}",
                "explicit_http_config": protocol,
                "common_http_protocol_options": {"idle_timeout": terms.UPSTREAM_IDLE},
            }
        },
    }
