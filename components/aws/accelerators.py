"""The agents of GPU nodes as plain DaemonSets: a chart would hide them from tests and from the policy pack."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes import apps, core

from components.aws.accelerator_plan import (
    CONFIG_FILE,
    METRICS_PORT,
    NAMESPACE,
    Agent,
    agent_labels,
    agents,
    daemon_set_spec,
)

PRIVILEGED = {"pod-security.kubernetes.io/enforce": "privileged"}
"""Agents mount folders of their node, which no stricter profile admits."""


@dataclass(frozen=True, kw_only=True)
class AcceleratorsArgs:
    """Which agents.

    Args:
        plans: of the GPU pools, by name.
        images: path of an upstream image → our copy, by digest.
    """

    plans: Mapping[str, Mapping[str, Any]]
    images: Mapping[str, str]


class Accelerators(pulumi.ComponentResource):
    """What offers the GPUs of a cluster to Kubernetes, and what measures them.

    Produces:
        Namespace; a DaemonSet per agent, a ConfigMap for each that is told something, a headless Service for metrics.
    """

    namespace: pulumi.Output[str]
    metrics_service: pulumi.Output[str]

    def __init__(self, name: str, args: AcceleratorsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the namespace, then the agents."""
        super().__init__("slipway:aws:Accelerators", name, None, opts)
        self._name, self._args = name, args
        made = core.v1.Namespace(
            f"{name}-namespace",
            metadata={"name": NAMESPACE, "labels": {**PRIVILEGED, "app.kubernetes.io/part-of": "slipway"}},
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.namespace = made.metadata.apply(lambda metadata: str(metadata.name))
        self.sets = [self._daemon_set(agent) for agent in agents(args.plans, args.images)]
        self.metrics_service = self._service()
        self.register_outputs({"namespace": self.namespace, "metrics_service": self.metrics_service})

    def _daemon_set(self, agent: Agent) -> apps.v1.DaemonSet:
        metadata: core.v1.ConfigMapArgsDict | dict[str, Any] = {
            "name": agent.name,
            "namespace": self.namespace,
            "labels": agent_labels(agent.name),
        }
        told = [self._config(agent, metadata)] if agent.config else []
        return apps.v1.DaemonSet(
            f"{self._name}-{agent.name}",
            metadata=metadata,
            spec=daemon_set_spec(agent),
            # Pods name their file by name; without it they wait for ever.
            opts=pulumi.ResourceOptions(parent=self, depends_on=told),
        )

    def _config(self, agent: Agent, metadata: Any) -> core.v1.ConfigMap:  # noqa: ANN401 - one of the SDK's many shapes
        return core.v1.ConfigMap(
            f"{self._name}-{agent.name}-config",
            metadata=metadata,
            data={CONFIG_FILE: agent.config},
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _service(self) -> pulumi.Output[str]:
        exporter = "dcgm-exporter"
        service = core.v1.Service(
            f"{self._name}-metrics",
            metadata={"name": exporter, "namespace": self.namespace, "labels": agent_labels(exporter)},
            spec={
                "type": "ClusterIP",
                "cluster_ip": "None",
                "selector": {"app.kubernetes.io/name": exporter},
                "ports": [{"name": "metrics", "port": METRICS_PORT, "target_port": "metrics"}],
            },
            opts=pulumi.ResourceOptions(parent=self),
        )
        return service.metadata.apply(lambda metadata: str(metadata.name))
