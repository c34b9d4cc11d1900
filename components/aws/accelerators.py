"""The agents of GPU nodes as plain DaemonSets: a chart would hide them from tests and from the policy pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.aws.accelerator_plan import (
    CONFIG_FILE,
    EXPORTER,
    METRICS_PORT,
    NAMESPACE,
    NO_TOKEN,
    Agent,
    agent_labels,
    agents,
    daemon_set_spec,
    network_policies,
)
from components.kubernetes.document import Document
from components.kubernetes.manifest import Manifest

PRIVILEGED = {"pod-security.kubernetes.io/enforce": "privileged"}
"""Agents mount folders of their node, which no stricter profile admits."""


@dataclass(frozen=True, kw_only=True)
class AcceleratorsArgs:
    """Which agents.

    Args:
        plans: of the GPU pools, by name.
        images: path of an upstream image → our copy, by digest.
        monitoring_namespace: whose pods may read the metrics.
    """

    plans: Mapping[str, Mapping[str, Any]]
    images: Mapping[str, str]
    monitoring_namespace: str = "monitoring"


class Accelerators(pulumi.ComponentResource):
    """What offers the GPUs of a cluster to Kubernetes, and what measures them.

    Produces:
        Namespace, closed but for the metrics; a DaemonSet and a ServiceAccount per agent, a ConfigMap for each that is
        told something, a headless Service for metrics.
    """

    namespace: str
    metrics_service: str

    def __init__(self, name: str, args: AcceleratorsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the namespace, then the agents."""
        super().__init__("slipway:aws:Accelerators", name, None, opts)
        self._name, self.namespace, self.metrics_service = name, NAMESPACE, EXPORTER
        labels = {**PRIVILEGED, "app.kubernetes.io/part-of": "slipway"}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
        made = self._manifest("namespace", namespace)
        policies = network_policies(args.monitoring_namespace)
        self._ready = [made, *(self._manifest(role, document, made) for role, document in policies.items())]
        self.sets = [self._daemon_set(agent) for agent in agents(args.plans, args.images)]
        self._manifest("metrics", self._service(), *self._ready)
        self.register_outputs({"namespace": self.namespace, "metrics_service": self.metrics_service})

    def _manifest(self, role: str, document: Document, *after: pulumi.Resource) -> Manifest:
        options = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        return Manifest(f"{self._name}-{role}", document, options)

    def _daemon_set(self, agent: Agent) -> Manifest:
        metadata = _metadata(agent.name)
        config = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {CONFIG_FILE: agent.config}}
        told = [self._manifest(f"{agent.name}-config", config, *self._ready)] if agent.config else []
        account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, **NO_TOKEN}
        told.append(self._manifest(f"{agent.name}-account", account, *self._ready))
        document = {"apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": metadata, "spec": daemon_set_spec(agent)}
        return self._manifest(agent.name, document, *self._ready, *told)

    def _service(self) -> Document:
        spec = {
            "type": "ClusterIP",
            "clusterIP": "None",
            "selector": {"app.kubernetes.io/name": EXPORTER},
            "ports": [{"name": "metrics", "port": METRICS_PORT, "targetPort": "metrics"}],
        }
        return {"apiVersion": "v1", "kind": "Service", "metadata": _metadata(EXPORTER), "spec": spec}


def _metadata(name: str) -> dict[str, Any]:
    return {"name": name, "namespace": NAMESPACE, "labels": agent_labels(name)}
