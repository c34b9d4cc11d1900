"""What a stack on a cluster that exists can be told."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from infra.frozen import Frozen

NAMESPACE_PATTERN = r"^[a-z][a-z0-9-]{0,38}[a-z0-9]$"
IMAGE_PATTERN = r"^[a-z0-9][a-z0-9.:_/-]*@sha256:[0-9a-f]{64}$"
OBJECT_PATTERN = r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$"
URL_PATTERN = r"^https?://[^\s]+$"
Namespace = Annotated[str, StringConstraints(pattern=NAMESPACE_PATTERN)]
Image = Annotated[str, StringConstraints(pattern=IMAGE_PATTERN)]
Port = Annotated[int, Field(ge=1, le=65535)]
ObjectName = Annotated[str, StringConstraints(pattern=OBJECT_PATTERN)]


class ClusterOfStack(Frozen):
    """A cluster that another stack made."""

    stack: str
    """Name of the stack whose outputs say how to enter it, such as `prod-cloud`, or `organization/project/stack`. A
    cloud of ours says besides what it has; of any other stack the output `kubeconfig` is enough."""


class ClusterOfKubeconfig(Frozen):
    """A cluster that a kubeconfig file leads to."""

    kubeconfig: str
    """Path of the file."""
    context: str | None = None
    """Which of its contexts; the current one by default."""


def _entry(value: object) -> str:
    named = value if isinstance(value, Mapping) else getattr(value, "__dict__", {})
    return "kubeconfig" if "kubeconfig" in named else "stack"


class Images(Frozen):
    """The container images, each by digest. `serving_image/Dockerfile` makes the two of ours."""

    triton: Image
    """Of the model servers: the target `triton-cpu` or `triton-gpu`."""
    rollout: Image
    """Of gates and shifts: the target `rollout`."""
    proxy: Image | None = None
    """Of the gateway's proxies; by default the one that Envoy Gateway was released with."""
    pull_policy: Literal["IfNotPresent", "Never", "Always"] = "IfNotPresent"
    """`Never` where the nodes have the images already."""


class Tls(Frozen):
    """The gateway's certificate."""

    secret: ObjectName
    """A Secret of type kubernetes.io/tls in the stack's namespace, kept new by whoever made it."""


class Keda(Frozen):
    """Pods follow the time that requests wait and how many do, read by KEDA from Prometheus."""

    kind: Literal["keda"]
    """Which autoscaler."""
    prometheus_url: Annotated[str, StringConstraints(pattern=URL_PATTERN)]
    """Where Prometheus answers inside the cluster, e.g. `http://prometheus-operated.monitoring:9090`."""


class RateLimit(Frozen):
    """How often a client may call, counted by each proxy on its own."""

    requests_per_second: Annotated[int, Field(ge=1, le=1_000_000)] = 1000
    """Of every client; beyond it the answer is 429."""
    clients: dict[str, Annotated[int, Field(ge=1, le=1_000_000)]] = Field(default={})
    """Client → a lower number for this one; at most 15 of them."""


class PriorityClasses(Frozen):
    """Priority classes of the cluster, so that pods which serve are not evicted for others."""

    live: ObjectName
    """Of the slots that serve or are kept warm."""
    idle: ObjectName
    """Of idle slots of models with `resources.preemptible_idle`."""


class Serving(Frozen):
    """How models are served on a cluster, whoever made it."""

    images: Images
    """The container images, by digest."""
    namespace: Namespace = "models"
    """Where models, routes and jobs are; the stack makes it and owns it."""
    gateway_namespace: Namespace = "envoy-gateway-system"
    """Where Envoy Gateway is, and the proxies that it makes."""
    controllers: Literal["existing", "install"] = "existing"
    """Whether Envoy Gateway is there, or this stack installs it by its chart."""
    gateway_service: Literal["ClusterIP", "NodePort", "LoadBalancer"] = "ClusterIP"
    """How the gateway is reached: from inside, by a port of every node, or by a load balancer of the cluster. The last
    two need `tls`, and have no port but that of TLS."""
    proxies: Annotated[int, Field(ge=1, le=100)] = 2
    """How many proxies share the requests."""
    rate_limit: RateLimit = RateLimit()
    """How often a client may call."""
    tls: Tls | Literal["none"] = "none"
    """The gateway's certificate; `none` for plain HTTP, where something in front of it speaks TLS."""
    metrics: Literal["none", "prometheus_operator"] = "none"
    """Whether the Prometheus operator's objects are made: what to read, and alerts for each model."""
    monitoring_namespace: Namespace = "monitoring"
    """Where Prometheus is; it alone may read the model servers' metrics."""
    autoscaler: Keda | Literal["none"] = "none"
    """What sets the number of pods of models with `replicas: {min, max}`."""
    priority_classes: PriorityClasses | None = None
    """The cluster's priority classes; without them all pods are alike."""
    start_timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 300
    """How long a model server may take from its start to its first right answer."""
    pull_secrets: tuple[ObjectName, ...] = ()
    """Secrets that images are pulled with, for a private registry; they exist in `namespace`, and in
    `gateway_namespace` for the proxies."""
    dns_namespace: Namespace = "kube-system"
    """Where the cluster's DNS pods are; OpenShift has `openshift-dns`."""
    dns_labels: Annotated[dict[str, str], Field(min_length=1)] = Field(default={"k8s-app": "kube-dns"})
    """Labels of the cluster's DNS pods; OpenShift has `dns.operator.openshift.io/daemonset-dns: default`."""
    dns_port: Port = 53
    """The port that the cluster's DNS pods listen on themselves; OpenShift has 5353."""
    api_server_ports: Annotated[tuple[Port, ...], Field(min_length=1)] = (443, 6443)
    """The ports of the Kubernetes API, as its Service has them and as its servers listen: network policies see
    either."""


class KubernetesPlatform(Serving):
    """A cluster that exists: what stands on it is made, the cluster itself is not."""

    kind: Literal["kubernetes"]
    """Which platform."""
    cluster: Annotated[
        Annotated[ClusterOfStack, Tag("stack")] | Annotated[ClusterOfKubeconfig, Tag("kubeconfig")],
        Discriminator(_entry),
    ]
    """How to enter the cluster: `{stack: …}` or `{kubeconfig: …}`."""
    lifecycle: Literal["run", "drain"] = "run"
    """`drain` prepares a destroy: no replicas, so that nodes and volumes go while their controllers still run."""
