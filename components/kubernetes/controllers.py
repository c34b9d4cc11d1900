"""Envoy Gateway by its chart, for a cluster that does not have it.

A `release` and not a `chart`: it makes its certificates in a hook, and only a release runs hooks. What it makes is seen
neither by tests nor by the policy pack; docs/kubernetes.md lists it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.kubernetes.chart import ChartSource, release
from components.kubernetes.cluster_site import Site
from components.kubernetes.manifest import Manifest

ENVOY_GATEWAY = ChartSource(
    repository="oci://docker.io/envoyproxy/gateway-helm",
    version="v1.9.1",
    digest="sha256:91bae9aedb91ab34731e987afe01a3ccf454393015abeca705eea8ee15553e86",
)


@dataclass(frozen=True, kw_only=True)
class EnvoyGatewayValues:
    """What the chart is told.

    Args:
        replicas: Of the controller; one leads, the others wait.
    """

    replicas: int = 2

    def values(self) -> Mapping[str, Any]:
        """Return the values as the chart names them."""
        return {
            "deployment": {"replicas": self.replicas},
            "podDisruptionBudget": {"minAvailable": self.replicas - 1},
            # The request guard is Lua, which Envoy Gateway does not run unless it is told to.
            "config": {"envoyGateway": {"extensionApis": {"enableLua": True}}},
        }


@dataclass(frozen=True, kw_only=True)
class ControllersArgs:
    """Where the controller goes.

    Args:
        site: The stack's place.
        values: What the chart is told.
        namespace_labels: Labels of the gateway's namespace, such as those that a load balancer's controller reads.
    """

    site: Site
    values: EnvoyGatewayValues = EnvoyGatewayValues()
    namespace_labels: Mapping[str, str] | None = None


class Controllers(pulumi.ComponentResource):
    """Envoy Gateway, and the namespace that it and its proxies are in."""

    namespace: pulumi.Output[str]

    def __init__(self, name: str, args: ControllersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:kubernetes:Controllers", name, None, opts)
        site, child = args.site, pulumi.ResourceOptions(parent=self)
        # Controller, its certificates' job and the proxies all ask for no more than this allows.
        restricted = {"pod-security.kubernetes.io/enforce": "restricted"}
        labels = {**site.labels("gateway"), **restricted, **(args.namespace_labels or {})}
        metadata = {"name": site.gateway_namespace, "labels": labels}
        made = Manifest(f"{name}-namespace", {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}, child)
        self.release = release(
            f"{name}-envoy-gateway",
            ENVOY_GATEWAY,
            args.values,
            namespace=site.gateway_namespace,
            release_name="envoy-gateway",
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[made])),
        )
        self.namespace = pulumi.Output.from_input(site.gateway_namespace)
        self.register_outputs({"namespace": self.namespace})
