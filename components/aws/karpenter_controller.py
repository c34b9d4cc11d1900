"""Karpenter on the cluster: its definitions, its controller, and the pools that it may buy for.

Destroyed in the order that leaves no instance behind: pools, their classes, the controller, the definitions; what the
controller needs in AWS, and the nodes that it runs on, go last (`after`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_kubernetes.helm.v4 import Chart

from components.aws.karpenter_objects import NodePlace, node_class_document, node_pool_document
from components.aws.karpenter_values import CHART, CRD_CHART, KarpenterValues, NoValues
from components.aws.karpenter_version import NAMESPACE
from components.kubernetes.chart import chart, whole
from components.kubernetes.manifest import Manifest


@dataclass(frozen=True, kw_only=True)
class KarpenterControllerArgs:
    """Which pools, by which controller.

    Args:
        values: what the controller is told.
        plans: of the pools that Karpenter buys, by name.
        place: where their nodes stand.
        after: what must outlive the controller: its role, its queue, the access of its nodes, the nodes it runs on.
    """

    values: KarpenterValues
    plans: Mapping[str, Mapping[str, Any]]
    place: NodePlace
    after: Sequence[pulumi.Resource] = ()


class KarpenterController(pulumi.ComponentResource):
    """Pools of nodes that come when pods need them and go when they are empty.

    Produces:
        Chart of the definitions, chart of the controller; per pool an EC2NodeClass and a NodePool.
    """

    pools: Mapping[str, Manifest]

    def __init__(self, name: str, args: KarpenterControllerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Install the controller, then give it its pools."""
        charts = {"charts": [CRD_CHART.plain, CHART.plain]}
        super().__init__("slipway:aws:KarpenterController", name, charts, opts)
        self._name, self._args = name, args
        controller = self._controller(self._definitions())
        self.pools = {key: self._pool(key, plan, controller) for key, plan in args.plans.items()}
        self.register_outputs({"pools": sorted(self.pools)})

    def _definitions(self) -> Chart:
        # Nothing of AWS is named by it, but its deletion deletes every pool, which only the controller can finish.
        options = pulumi.ResourceOptions(parent=self, depends_on=list(self._args.after))
        return chart(f"{self._name}-crd", CRD_CHART, NoValues(), namespace=NAMESPACE, opts=options)

    def _controller(self, definitions: Chart) -> Chart:
        # The controller ends when its definitions are missing.
        options = pulumi.ResourceOptions(parent=self, depends_on=whole(definitions, *self._args.after))
        return chart(self._name, CHART, self._args.values, namespace=NAMESPACE, opts=options, skip_crds=True)

    def _pool(self, key: str, plan: Mapping[str, Any], controller: Chart) -> Manifest:
        node_class = Manifest(
            f"{self._name}-{key}-class",
            node_class_document(key, plan, self._args.place),
            # Only the controller takes its finalizer off.
            pulumi.ResourceOptions(parent=self, depends_on=whole(controller)),
        )
        minutes = plan["delete_timeout_minutes"]
        return Manifest(
            f"{self._name}-{key}-pool",
            node_pool_document(key, plan, self._args.place),
            pulumi.ResourceOptions(
                parent=self,
                # The class goes only when no node has it any more; its name alone says nothing of that.
                depends_on=[node_class],
                custom_timeouts=pulumi.CustomTimeouts(delete=f"{minutes}m"),
            ),
        )
