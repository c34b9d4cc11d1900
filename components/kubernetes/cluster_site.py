"""Where a stack stands in a cluster: namespaces, images, and the names and addresses that follow from them.

Everything here but a firewall's secret is known from configuration, so that a policy can judge it before anything
exists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pulumi

from components.kubernetes.document import Document
from components.kubernetes.object_names import (
    COMPONENT_LABEL,
    MODEL_LABEL,
    RELEASE_DIGITS,
    RELEASE_LABEL,
    SLOT_LABEL,
    STACK_LABEL,
    label_value,
    object_name,
)

METRICS_PORT = 19001
"""Where Envoy Gateway's proxies show their statistics: a fixed port of theirs."""
HTTP_PORT, HTTPS_PORT = 80, 443
PROXY_PORT_SHIFT = 10000
"""A proxy listens on a port above 1024 and its Service on the listener's own."""
OPERATOR_KEY = "operator-key"
OPERATOR_KEY_FOLDER = "/var/run/slipway/operator"
GATEWAY_GROUP, ENVOY_GROUP = "gateway.networking.k8s.io", "gateway.envoyproxy.io"
API_VERSION_GATEWAY = f"{GATEWAY_GROUP}/v1"
API_VERSION_ENVOY = f"{ENVOY_GROUP}/v1alpha1"

Component = Literal["model", "gateway", "gate", "shift", "platform"]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A firewall in front of everything that comes from outside.

    Args:
        secret: What it alone sends with a request.
        grpc_apart: Whether gRPC has a door of its own, in front of which no firewall can stand.
    """

    secret: pulumi.Input[str]
    grpc_apart: bool


@dataclass(frozen=True, kw_only=True)
class Site:
    """The place of one stack.

    Args:
        stack: The stack's name, a label on everything.
        namespace: Where models, routes and jobs are.
        gateway_namespace: Where Envoy Gateway and the proxies that it makes are.
        triton_image: Of the model servers, by digest.
        rollout_image: Of gates and shifts, by digest.
        pull_policy: `Never` where nodes have the images already.
        pull_secrets: Names of the Secrets that images are pulled with.
        published: Whether the gateway's Service is reached from outside of the cluster.
        dns_namespace: Of the cluster's DNS pods.
        dns_labels: Of the cluster's DNS pods.
        dns_port: That the cluster's DNS pods listen on.
        api_server_ports: That the Kubernetes API is reached at from pods: its Service's, and its own.
        monitoring_namespace: Where Prometheus runs; it may read metrics ports.
        start_timeout_seconds: From the start of a model server to its first right answer.
        pool_start_seconds: The same for the pods of a node pool, where its images take longer.
        request_timeout_seconds: The longest that the gateway lets a request last.
        prometheus_url: Where KEDA asks for load; None where nothing scales by itself.
        has_operator: Whether the Prometheus operator's objects can be made.
        tls_secret: The Secret with the gateway's certificate; None for plain HTTP inside the cluster.
        origin: The firewall that clients come through; None without one.
    """

    stack: str
    namespace: str
    gateway_namespace: str
    triton_image: str
    rollout_image: str
    pull_policy: Literal["IfNotPresent", "Never", "Always"] = "IfNotPresent"
    pull_secrets: Sequence[str] = ()
    published: bool = False
    dns_namespace: str = "kube-system"
    dns_labels: Mapping[str, str] = field(default_factory=lambda: {"k8s-app": "kube-dns"})
    dns_port: int = 53
    api_server_ports: Sequence[int] = (443, 6443)
    monitoring_namespace: str = "monitoring"
    start_timeout_seconds: float = 300
    pool_start_seconds: Mapping[str, float] = field(default_factory=dict)
    request_timeout_seconds: float = 15
    prometheus_url: str | None = None
    has_operator: bool = False
    tls_secret: str | None = None
    origin: Origin | None = None

    @property
    def gateway_service(self) -> str:
        """The Service in front of the proxies."""
        return f"{self.namespace}-gateway"

    @property
    def inside_service(self) -> str:
        """The Service that nobody outside of the cluster reaches; it alone has the port for plain HTTP."""
        return f"{self.gateway_service}-inside" if self.published else self.gateway_service

    @property
    def gateway_host(self) -> str:
        """Where the gateway is, from inside the cluster."""
        return f"{self.inside_service}.{self.gateway_namespace}.svc"

    @property
    def gateway_url(self) -> str:
        """Where gates and shifts ask."""
        return f"http://{self.gateway_host}"

    @property
    def metrics_service(self) -> str:
        """The headless Service of the proxies' statistics: one address for each proxy."""
        return f"{self.namespace}-gateway-metrics"

    @property
    def metrics_url(self) -> str:
        """Where a shift reads what each slot answered."""
        return f"http://{self.metrics_service}.{self.gateway_namespace}.svc:{METRICS_PORT}"

    def start_seconds(self, pool: str | None) -> float:
        """Return how long a pod may take to its first right answer, in a node pool or in none."""
        return max(self.start_timeout_seconds, self.pool_start_seconds.get(pool or "", 0))

    @property
    def proxy_labels(self) -> dict[str, str]:
        """How Envoy Gateway marks the proxies of our Gateway."""
        return {
            "gateway.envoyproxy.io/owning-gateway-name": "gateway",
            "gateway.envoyproxy.io/owning-gateway-namespace": self.namespace,
        }

    @property
    def image_pulls(self) -> Document:
        """The part of a pod's spec that says by which Secrets its images are pulled; nothing without any."""
        return {"imagePullSecrets": [{"name": name} for name in self.pull_secrets]} if self.pull_secrets else {}

    def labels(
        self, component: Component, *, model: str | None = None, slot: str | None = None, release: str | None = None
    ) -> dict[str, str]:
        """Return the labels of an object."""
        found = {
            "app.kubernetes.io/part-of": "slipway",
            COMPONENT_LABEL: component,
            STACK_LABEL: label_value(self.stack),
            MODEL_LABEL: model and object_name(model),
            SLOT_LABEL: slot,
            RELEASE_LABEL: release and release[:RELEASE_DIGITS],
        }
        return {name: value for name, value in found.items() if value}

    def metadata(
        self,
        name: str,
        labels: Mapping[str, str],
        *,
        namespace: str | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> Document:
        """Return the metadata of an object, in the stack's namespace unless another is given."""
        found = {"name": name, "namespace": namespace or self.namespace, "labels": dict(labels)}
        return {**found, "annotations": dict(annotations)} if annotations else found
