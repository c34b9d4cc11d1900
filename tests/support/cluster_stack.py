"""A stack on a real cluster for a test: real engine, real API server, real pods, in a namespace of its own."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from kubernetes import client, config

from tests.support.project import Project
from tests.support.waiting import until

GATEWAY_NAMESPACE = "envoy-gateway-system"
MODEL_LABEL, SLOT_LABEL = "slipway.dev/model", "slipway.dev/slot"
# Limits that a busy machine does not miss; what they are about is tested elsewhere.
QUICK_GATE: dict[str, Any] = {"max_disagreement": 1, "max_p99_ms": 5000, "load_seconds": 0.5}
SMALL: dict[str, Any] = {"cpu": 0.1, "memory_mib": 384, "shm_mib": 64}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """How to reach the cluster, and what it can run.

    Attributes:
        kubeconfig: path of the file.
        images: `platform.images` of the stack file.
        provider: variables that attach the Kubernetes provider to the engine.
        platform: what else a stack file's `platform` must say of it.
    """

    kubeconfig: str
    images: Mapping[str, str]
    provider: Mapping[str, str]
    platform: Mapping[str, Any]


@dataclass
class ClusterStack(Project):
    """One project folder with one stack on a cluster.

    Args:
        folder: The project folder.
        cluster: Where the stack runs.
        namespace: The stack's own.
        models: `slipway:models` of the stack file.
        gateway: `slipway:gateway` of the stack file.
        platform: `slipway:platform` of the stack file, what leads to the cluster aside.
        name: The stack's name.
    """

    folder: Path
    cluster: Cluster
    namespace: str
    models: dict[str, Any]
    gateway: dict[str, Any]
    platform: dict[str, Any] = field(default_factory=dict)
    name: str = "cluster"
    command_seconds: float = 420

    def config(self) -> dict[str, Any]:
        platform = {
            "kind": "kubernetes",
            "cluster": {"kubeconfig": self.cluster.kubeconfig},
            "namespace": self.namespace,
            "images": dict(self.cluster.images),
            **self.cluster.platform,
            **self.platform,
        }
        models = {name: {"gate": QUICK_GATE, "resources": SMALL, **model} for name, model in self.models.items()}
        return {"slipway:platform": platform, "slipway:gateway": self.gateway, "slipway:models": models}

    @cached_property
    def environment(self) -> dict[str, str]:
        return {**super().environment, **self.cluster.provider}

    @cached_property
    def _connection(self) -> client.ApiClient:
        return config.new_client_from_config(self.cluster.kubeconfig)

    @property
    def core(self) -> client.CoreV1Api:
        return client.CoreV1Api(self._connection)

    @property
    def apps(self) -> client.AppsV1Api:
        return client.AppsV1Api(self._connection)

    @property
    def batch(self) -> client.BatchV1Api:
        return client.BatchV1Api(self._connection)

    @property
    def custom(self) -> client.CustomObjectsApi:
        return client.CustomObjectsApi(self._connection)

    @cached_property
    def url(self) -> str:
        """Where the gateway answers, reached from this machine by the address of its Service."""
        service = self.core.read_namespaced_service(f"{self.namespace}-gateway", GATEWAY_NAMESPACE)
        return f"http://{service.spec.cluster_ip}:{service.spec.ports[0].port}"

    def begin_up(self, stdout: int = subprocess.DEVNULL) -> "subprocess.Popen[str]":
        """Run `pulumi up` without waiting for its end, and without its many lines."""
        return super().begin_up(stdout)

    def weights(self, model: str) -> dict[str, int]:
        """Return the weights in force, by slot, as the route says."""
        route = self.custom.get_namespaced_custom_object(
            "gateway.networking.k8s.io", "v1", self.namespace, "httproutes", model
        )
        backends = route["spec"]["rules"][0]["backendRefs"]
        return {each["name"].removeprefix(f"{model}-"): each["weight"] for each in backends}

    def pods(self, model: str, slot: str, namespace: str | None = None) -> list[client.V1Pod]:
        """Return the pods of a slot that are not on their way out."""
        selector = f"{MODEL_LABEL}={model},{SLOT_LABEL}={slot},app.kubernetes.io/component=model"
        found = self.core.list_namespaced_pod(namespace or self.namespace, label_selector=selector).items
        return [pod for pod in found if pod.metadata.deletion_timestamp is None]

    def proxies(self) -> list[client.V1Pod]:
        """Return the gateway's Envoy pods."""
        selector = f"gateway.envoyproxy.io/owning-gateway-namespace={self.namespace}"
        return list(self.core.list_namespaced_pod(GATEWAY_NAMESPACE, label_selector=selector).items)

    def jobs(self, component: str) -> list[client.V1Job]:
        """Return the Jobs of a kind: gate or shift."""
        selector = f"app.kubernetes.io/component={component}"
        return list(self.batch.list_namespaced_job(self.namespace, label_selector=selector).items)

    def left(self) -> list[str]:
        """Return what is left of the stack on the cluster."""
        found = [f"namespace {each.metadata.name}" for each in self.core.list_namespace().items]
        found = [name for name in found if name == f"namespace {self.namespace}"]
        classes = self.custom.list_cluster_custom_object("gateway.networking.k8s.io", "v1", "gatewayclasses")["items"]
        found += [f"gateway class {each['metadata']['name']}" for each in classes]
        found = [name for name in found if self.namespace in name]
        services = self.core.list_namespaced_service(GATEWAY_NAMESPACE).items
        found += [f"service {each.metadata.name}" for each in services if self.namespace in each.metadata.name]
        return found + [f"proxy {pod.metadata.name}" for pod in self.proxies()]

    def end(self) -> None:
        """Remove everything of this stack from the cluster, however the test ended, and the folder."""
        self.pulumi("cancel", "--yes", "--stack", self.name)
        self.destroy()
        shutil.rmtree(self.folder)


@contextmanager
def stack_on_cluster(
    cluster: Cluster, models: dict[str, Any], gateway: dict[str, Any], **others: Any
) -> Iterator[ClusterStack]:
    """Give a stack that has a folder and no resources yet; nothing of it is left afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="slipway-"))
    others.setdefault("namespace", f"models-{int(time.time()) % 100_000}")
    stack = ClusterStack(folder, cluster, models=models, gateway=gateway, **others)
    stack.make()
    try:
        yield stack
    finally:
        stack.end()


def wait_for_new_pod(stack: ClusterStack, model: str, slot: str, not_named: str) -> client.V1Pod:
    """Wait until another pod than that one is ready in a slot."""

    def ready() -> bool:
        return any(_is_ready(pod) and pod.metadata.name != not_named for pod in stack.pods(model, slot))

    until(ready, 120, f"another ready pod of {model} {slot}")
    return next(pod for pod in stack.pods(model, slot) if _is_ready(pod) and pod.metadata.name != not_named)


def _is_ready(pod: client.V1Pod) -> bool:
    return any(each.type == "Ready" and each.status == "True" for each in pod.status.conditions or [])
