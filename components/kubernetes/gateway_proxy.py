"""The gateway's proxies: how many, how they log, how they count, how they end.

Source: https://gateway.envoyproxy.io/docs/api/extension_types/#envoyproxy
"""

import json
from collections.abc import Mapping
from typing import Any

from components.access_log_fields import access_log_fields
from components.kubernetes.cluster_site import (
    API_VERSION_ENVOY,
    API_VERSION_GATEWAY,
    HTTP_PORT,
    HTTPS_PORT,
    METRICS_PORT,
    PROXY_PORT_SHIFT,
    Site,
)
from components.kubernetes.document import Document
from components.kubernetes.duration import duration
from components.kubernetes.object_names import STACK_LABEL, label_value
from components.kubernetes.spread import spread
from serving.counters import LATENCY_BUCKETS_MS
from serving.gateway_names import MODEL_HEADER, RELEASE_HEADER, SLOT_HEADER

CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"
MIN_DRAIN_SECONDS = 10


def gateway_class(site: Site) -> Document:
    """Return the class that makes Envoy Gateway answer for our Gateway."""
    return {
        "apiVersion": API_VERSION_GATEWAY,
        "kind": "GatewayClass",
        "metadata": {"name": f"slipway-{site.namespace}", "labels": site.labels("gateway")},
        "spec": {"controllerName": CONTROLLER},
    }


def gateway(site: Site) -> Document:
    """Return the Gateway: one listener, and with a certificate a second one in front of it."""
    routes = {"namespaces": {"from": "Same"}}
    listeners: list[Document] = [
        {"name": "http", "protocol": "HTTP", "port": HTTP_PORT, "allowedRoutes": routes},
    ]
    if site.tls_secret:
        certificate = {"group": "", "kind": "Secret", "name": site.tls_secret}
        tls = {"mode": "Terminate", "certificateRefs": [certificate]}
        listeners.append(
            {"name": "https", "protocol": "HTTPS", "port": HTTPS_PORT, "tls": tls, "allowedRoutes": routes}
        )
    parameters = {"group": API_VERSION_ENVOY.partition("/")[0], "kind": "EnvoyProxy", "name": "gateway"}
    return {
        "apiVersion": API_VERSION_GATEWAY,
        "kind": "Gateway",
        "metadata": site.metadata(
            "gateway", site.labels("gateway"), annotations={"pulumi.com/waitFor": "condition=Programmed"}
        ),
        "spec": {
            "gatewayClassName": f"slipway-{site.namespace}",
            "infrastructure": {"parametersRef": parameters},
            "listeners": listeners,
        },
    }


def envoy_proxy(site: Site, spec: Mapping[str, Any]) -> Document:
    """Return how Envoy Gateway is to make the proxies.

    Args:
        site: The stack's place.
        spec: The gateway's plain values: `proxies`, `service_type`, `drain_seconds`, `image`, `priority_class`.
    """
    kubernetes = {
        "envoyService": _service(site, spec["service_type"]),
        "envoyDeployment": _deployment(site, spec),
        # One after the other, and never none for long: also the only one may go, or its node could not be drained.
        "envoyPDB": {"maxUnavailable": 1},
    }
    return {
        "apiVersion": API_VERSION_ENVOY,
        "kind": "EnvoyProxy",
        "metadata": site.metadata("gateway", site.labels("gateway")),
        "spec": {
            # What the cluster's owner set for every proxy, such as the image, holds where we say nothing.
            "mergeType": "StrategicMerge",
            "provider": {"type": "Kubernetes", "kubernetes": kubernetes},
            "shutdown": {"drainTimeout": duration(spec["drain_seconds"]), "minDrainDuration": f"{MIN_DRAIN_SECONDS}s"},
            "bootstrap": {"type": "Merge", "value": _bootstrap()},
            "telemetry": {"accessLog": {"settings": [_access_log()]}},
            # Ours alone is loaded here. `Strict` would run it against a stand-in for Envoy that lacks what it calls.
            "luaValidation": "InsecureSyntax",
        },
    }


def inside_service(site: Site) -> Document:
    """Return the Service that gates and shifts enter by where the other one is reached from outside."""
    port = {"name": "http", "port": HTTP_PORT, "targetPort": HTTP_PORT + PROXY_PORT_SHIFT, "protocol": "TCP"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": site.metadata(site.inside_service, site.labels("gateway"), namespace=site.gateway_namespace),
        "spec": {"type": "ClusterIP", "selector": site.proxy_labels, "ports": [port]},
    }


def metrics_service(site: Site) -> Document:
    """Return the Service that names every proxy, also one that is not ready: its counters count."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": site.metadata(site.metrics_service, site.labels("gateway"), namespace=site.gateway_namespace),
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": site.proxy_labels,
            "ports": [{"name": "metrics", "port": METRICS_PORT, "targetPort": METRICS_PORT, "protocol": "TCP"}],
        },
    }


def _labels(site: Site) -> dict[str, str]:
    """Envoy Gateway finds what it made by the labels of app.kubernetes.io, so those are its own."""
    return {STACK_LABEL: label_value(site.stack)}


def _service(site: Site, kind: str) -> Document:
    service: Document = {"name": site.gateway_service, "type": kind, "labels": _labels(site)}
    if kind == "ClusterIP":
        return service
    # It would have a port for each listener, and keys would cross the network in clear text.
    only_tls = {"spec": {"ports": [{"port": HTTP_PORT, "$patch": "delete"}]}}
    return {**service, "externalTrafficPolicy": "Cluster", "patch": {"type": "StrategicMerge", "value": only_tls}}


def _deployment(site: Site, spec: Mapping[str, Any]) -> Document:
    container: Document = {"resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "1Gi"}}}
    if spec.get("image"):
        container["image"] = spec["image"]
    pod: Document = {
        "labels": _labels(site),
        "topologySpreadConstraints": spread(site.proxy_labels),
        **site.image_pulls,
    }
    if spec.get("priority_class"):
        pod["priorityClassName"] = spec["priority_class"]
    return {"name": site.gateway_service, "replicas": spec["proxies"], "container": container, "pod": pod}


def _bootstrap() -> str:
    """Steps fine enough to compare two slots, counted anew each second; JSON is YAML."""
    buckets = {"match": {"suffix": "upstream_rq_time"}, "buckets": list(LATENCY_BUCKETS_MS)}
    return json.dumps(
        {"stats_flush_interval": "1s", "stats_config": {"histogram_bucket_settings": [buckets]}}, sort_keys=True
    )


def _access_log() -> Document:
    fields = access_log_fields(
        model=f"%REQ({MODEL_HEADER})%", slot=f"%RESP({SLOT_HEADER})%", release=f"%RESP({RELEASE_HEADER})%"
    )
    return {
        "format": {"type": "JSON", "json": fields},
        "sinks": [{"type": "File", "file": {"path": "/dev/stdout"}}],
    }
