"""Who may talk to whom in the stack's namespace: nobody, and then the few that must.

Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from collections.abc import Sequence

from components.kubernetes import triton
from components.kubernetes.cluster_site import HTTP_PORT, HTTPS_PORT, METRICS_PORT, PROXY_PORT_SHIFT, Site
from components.kubernetes.document import Document

NODE_METADATA = "169.254.169.254/32"
POD_IDENTITY = "169.254.170.23/32"
"""https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html"""
_NAMESPACE = "kubernetes.io/metadata.name"


def default_deny(site: Site) -> Document:
    """Return the policy that holds for every pod of the namespace until another one opens something."""
    return _policy(site, "default-deny", site.labels("platform"), {}, ingress=[], egress=[])


def slot_policy(site: Site, name: str, selector: dict[str, str], *, from_s3: bool) -> Document:
    """Return the policy of a slot's pods.

    In: the gateway's proxies, and Prometheus for metrics. Out: names, and the bucket where a release comes from one.
    """
    proxies = _pods(site.gateway_namespace, site.proxy_labels)
    prometheus = {"namespaceSelector": {"matchLabels": {_NAMESPACE: site.monitoring_namespace}}}
    return _policy(
        site,
        name,
        selector,
        selector,
        ingress=[
            {"from": [proxies], "ports": _tcp(triton.HTTP_PORT, triton.GRPC_PORT)},
            {"from": [prometheus], "ports": _tcp(triton.METRICS_PORT)},
        ],
        egress=[_to_names(site), *(_to_bucket() if from_s3 else [])],
    )


def job_policy(site: Site, name: str, selector: dict[str, str], *, from_s3: bool) -> Document:
    """Return the policy of a gate's or a shift's pods.

    In: nobody. Out: names, the gateway and its statistics, the Kubernetes API, and the bucket of the releases.
    """
    proxies = _pods(site.gateway_namespace, site.proxy_labels)
    ports = _tcp(HTTP_PORT + PROXY_PORT_SHIFT, HTTPS_PORT + PROXY_PORT_SHIFT, METRICS_PORT)
    return _policy(
        site,
        name,
        selector,
        selector,
        ingress=[],
        egress=[
            _to_names(site),
            {"to": [proxies], "ports": ports},
            {"to": [_everywhere_but_metadata()], "ports": _tcp(*site.api_server_ports)},
            *(_to_bucket()[1:] if from_s3 else []),
        ],
    )


def _policy(
    site: Site,
    name: str,
    labels: dict[str, str],
    selector: dict[str, str],
    *,
    ingress: Sequence[Document],
    egress: Sequence[Document],
) -> Document:
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": site.metadata(name, labels),
        "spec": {
            "podSelector": {"matchLabels": selector} if selector else {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": list(ingress),
            "egress": list(egress),
        },
    }


def _to_names(site: Site) -> Document:
    ports = [{"protocol": protocol, "port": site.dns_port} for protocol in ("UDP", "TCP")]
    return {"to": [_pods(site.dns_namespace, dict(site.dns_labels))], "ports": ports}


def _to_bucket() -> list[Document]:
    agent = {"to": [{"ipBlock": {"cidr": POD_IDENTITY}}], "ports": _tcp(80)}
    return [{"to": [_everywhere_but_metadata()], "ports": _tcp(443)}, agent]


def _everywhere_but_metadata() -> Document:
    return {"ipBlock": {"cidr": "0.0.0.0/0", "except": [NODE_METADATA]}}


def _pods(namespace: str, labels: dict[str, str]) -> Document:
    return {
        "namespaceSelector": {"matchLabels": {_NAMESPACE: namespace}},
        "podSelector": {"matchLabels": labels},
    }


def _tcp(*ports: int) -> list[Document]:
    return [{"protocol": "TCP", "port": port} for port in ports]
