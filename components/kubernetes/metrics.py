"""What Prometheus reads and when it calls: objects of its operator, where a cluster has it.

Source: https://prometheus-operator.dev/docs/api-reference/api/
"""

from collections.abc import Mapping
from typing import Any

from components.kubernetes.cluster_site import METRICS_PORT, Site
from components.kubernetes.document import Document
from components.kubernetes.object_names import object_name

API_VERSION = "monitoring.coreos.com/v1"
FOR = "5m"
RUNBOOKS = "docs/runbooks.md"


def slot_monitor(site: Site) -> Document:
    """Return how the model servers of every slot are read."""
    labels = site.labels("model")
    return _monitor(site, "models", labels, site.namespace, {"port": "metrics", "path": "/metrics"})


def proxy_monitor(site: Site) -> Document:
    """Return how the gateway's proxies are read."""
    endpoint = {"portNumber": METRICS_PORT, "path": "/stats/prometheus"}
    return _monitor(site, f"{site.namespace}-gateway", site.proxy_labels, site.gateway_namespace, endpoint)


def model_rules(site: Site, spec: Mapping[str, Any]) -> Document:
    """Return the alerts of one model: errors, slowness, silence and a queue, by what the gateway counts.

    Silence is that nobody calls a model that was called within the last hour, or that no figure of it comes at all.

    Args:
        site: The stack's place.
        spec: The model's plain values; its shift's limits are its service level.
    """
    model, shift = spec["model"], spec["shift"]
    name = object_name(model)
    cluster = f'envoy_cluster_name=~"(http|grpc)route/{site.namespace}/{name}/rule/.*"'
    called = f"envoy_cluster_upstream_rq_total{{{cluster}}}"
    total = f"sum(rate({called}[5m]))"
    # Also where the figures themselves went away: no figures look like no errors.
    quiet = f"(sum(increase({called}[10m])) or vector(0)) == 0 and sum(increase({called}[1h] offset 10m)) > 0"
    failed = f'sum(rate(envoy_cluster_upstream_rq_xx{{{cluster},envoy_response_code_class="5"}}[5m]))'
    p99 = f"histogram_quantile(0.99, sum by (le) (rate(envoy_cluster_upstream_rq_time_bucket{{{cluster}}}[5m])))"
    pods = f'namespace="{site.namespace}",pod=~"{name}-(blue|green)-.*"'
    waiting = f"sum(nv_inference_pending_request_count{{{pods}}})"
    rules = [
        _alert("ModelErrors", f"{failed} / {total} > {shift['max_error_rate']:g}", model, "critical"),
        _alert("ModelSlow", f"{p99} > {shift['max_p99_ms']:g}", model, "warning"),
        _alert("ModelSilent", f"({quiet}) or absent({called})", model, "critical"),
        _alert("ModelSaturated", f"{waiting} > 64", model, "warning"),
    ]
    return {
        "apiVersion": API_VERSION,
        "kind": "PrometheusRule",
        "metadata": site.metadata(name, site.labels("model", model=model)),
        "spec": {"groups": [{"name": f"slipway-{name}", "rules": rules}]},
    }


def _alert(name: str, expression: str, model: str, severity: str) -> Document:
    return {
        "alert": name,
        "expr": expression,
        "for": FOR,
        "labels": {"severity": severity, "model": model},
        "annotations": {"runbook": f"{RUNBOOKS}#{name.lower()}", "summary": f"{name}: {model}"},
    }


def _monitor(site: Site, name: str, selector: dict[str, str], namespace: str, endpoint: Document) -> Document:
    return {
        "apiVersion": API_VERSION,
        "kind": "PodMonitor",
        "metadata": site.metadata(name, site.labels("platform"), namespace=namespace),
        "spec": {
            "selector": {"matchLabels": selector},
            "namespaceSelector": {"matchNames": [namespace]},
            "podMetricsEndpoints": [{**endpoint, "interval": "15s"}],
        },
    }
