"""One slot of a model on a cluster: pods that run one release, ready when they answer a golden row rightly.

Produces a `slipway:kubernetes:ModelSlot` with a ServiceAccount, a NetworkPolicy, a Deployment, the guard of a slot that
has traffic, and where they make sense a PodDisruptionBudget and a ScaledObject. Its Service is the model's: a route
names both slots' Services before both slots run.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from components.kubernetes.cluster_access import ClusterAccess
from components.kubernetes.cluster_site import Site
from components.kubernetes.document import Document
from components.kubernetes.drain import drain
from components.kubernetes.live_slot import LiveSlot
from components.kubernetes.manifest import Manifest
from components.kubernetes.model_resources import ModelResources, priority_class
from components.kubernetes.network_rules import slot_policy
from components.kubernetes.object_names import RELEASE_ANNOTATION, VERSION_ANNOTATION, rollout_pods, slot_name
from components.kubernetes.release_volume import release_volume
from components.kubernetes.replicas import PAUSED_REPLICAS, autoscaler, disruption_budget
from components.kubernetes.slot_pod import pod_spec

ROLLOUT_MARGIN_SECONDS = 120
"""For scheduling, pulling and fetching, besides the start of the server."""
AWAIT_MARGIN_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class ModelSlotArgs:
    """One slot.

    Args:
        site: The stack's place.
        access: How the guard enters the cluster.
        spec: Plain values: `model`, `slot`, `release`, `runtime`, `command`, `resources`, `becomes_live`.
        priority_classes: `live` and `idle` to the name of a class; None where there are none.
        draining: Whether the stack prepares its end: no pods.
        after: What must be there before pods start.
        turn: What must be done before anything of the pods changes: the shift that takes the slot's traffic away.
    """

    site: Site
    access: ClusterAccess
    spec: Mapping[str, Any]
    priority_classes: Mapping[str, str] | None = None
    draining: bool = False
    after: Sequence[pulumi.Resource] = ()
    turn: Sequence[pulumi.Resource] = ()


class ModelSlot(pulumi.ComponentResource):
    """The pods of one slot."""

    name: pulumi.Output[str]
    ready: list[pulumi.Resource]

    def __init__(self, name: str, args: ModelSlotArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:kubernetes:ModelSlot", name, dict(args.spec), opts)
        self._args, self._spec, self._site = args, args.spec, args.site
        self._resources = ModelResources.of(args.spec["resources"])
        self._volume = release_volume(args.spec["release"])
        self._object = slot_name(args.spec["model"], args.spec["slot"])
        account = self._manifest(f"{name}-account", self._account())
        network = self._manifest(f"{name}-network", self._network())
        guard = self._guard(f"{name}-guard")
        # Pods start with their account, behind their policy, and not where the slot must not change.
        before = [account, network, guard, *args.after, *args.turn]
        deployment = self._manifest(f"{name}-pods", self._deployment(), *before)
        budget = self._optional(f"{name}-budget", self._budget(), deployment)
        # What asks the slot next waits for its pods, and for what wakes them.
        self.ready = [deployment, *budget, *self._optional(f"{name}-scaling", self._scaling(), deployment)]
        self.name = pulumi.Output.from_input(self._object)
        self.register_outputs({**args.spec, "name": self.name})

    def _manifest(self, name: str, document: Document, *after: pulumi.Resource) -> Manifest:
        return Manifest(name, document, pulumi.ResourceOptions(parent=self, depends_on=list(after)))

    def _optional(self, name: str, document: Document | None, deployment: Manifest) -> list[Manifest]:
        return [] if document is None else [self._manifest(name, document, deployment)]

    def _guard(self, name: str) -> LiveSlot:
        props = {
            "namespace": self._site.namespace,
            "model": self._spec["model"],
            "slot": self._spec["slot"],
            "sha256": self._spec["release"]["sha256"],
        }
        return LiveSlot(name, self._args.access, props, pulumi.ResourceOptions(parent=self))

    def _selector(self) -> dict[str, str]:
        return self._site.labels("model", model=self._spec["model"], slot=self._spec["slot"])

    def _metadata(self, **more: Any) -> Document:  # noqa: ANN401 - passed on
        return self._site.metadata(self._object, self._selector(), **more)

    def _account(self) -> Document:
        return {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": self._metadata(),
            "automountServiceAccountToken": False,
        }

    def _network(self) -> Document:
        return slot_policy(self._site, self._object, self._selector(), from_s3=self._volume.from_s3)

    def _deployment(self) -> Document:
        release, selector = self._spec["release"], self._selector()
        labels = self._site.labels(
            "model", model=self._spec["model"], slot=self._spec["slot"], release=release["sha256"]
        )
        annotations = {RELEASE_ANNOTATION: release["sha256"], VERSION_ANNOTATION: release["version"]}
        deadline, replicas = self._start_seconds() + ROLLOUT_MARGIN_SECONDS, self._replicas()
        pod = pod_spec(
            self._site,
            self._spec,
            resources=self._resources,
            volume=self._volume,
            drain=drain(self._site.request_timeout_seconds),
            service_account=self._object,
            priority_class=priority_class(
                self._resources, self._args.priority_classes, live=bool(self._spec["becomes_live"])
            ),
        )
        spec: Document = {
            "selector": {"matchLabels": selector},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "progressDeadlineSeconds": deadline,
            "revisionHistoryLimit": 2,
            "template": {"metadata": {"labels": labels, "annotations": annotations}, "spec": pod},
            **replicas,
        }
        return {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": self._site.metadata(
                self._object, labels, annotations={**annotations, **self._instructions(deadline, forced=bool(replicas))}
            ),
            "spec": spec,
        }

    def _start_seconds(self) -> int:
        return math.ceil(self._site.start_seconds(self._resources.pool))

    def _instructions(self, deadline: int, *, forced: bool) -> dict[str, str]:
        """Return what the provider is told: to wait as long as the cluster does, and to take `replicas` back.

        Pods are replaced one after the other, and the deadline begins anew with each. An autoscaler that is not there
        any more still owns the number that it set.
        """
        seconds = deadline * max(1, self._resources.max_replicas) + AWAIT_MARGIN_SECONDS
        return {"pulumi.com/timeoutSeconds": str(seconds), **({"pulumi.com/patchForce": "true"} if forced else {})}

    def _replicas(self) -> Document:
        if self._args.draining:
            return {"replicas": 0}
        # A number here would fight the autoscaler for it.
        return {} if self._scaling() else {"replicas": self._resources.min_replicas}

    def _budget(self) -> Document | None:
        return disruption_budget(self._resources, self._metadata(), self._selector())

    def _scaling(self) -> Document | None:
        # Taken away while the pods go, it would bring them back before it is gone itself.
        paused = {"annotations": {PAUSED_REPLICAS: "0"}} if self._args.draining else {}
        return autoscaler(
            self._resources,
            self._metadata(**paused),
            rollouts=rollout_pods(self._spec["model"]),
            prometheus_url=self._site.prometheus_url,
            calm_seconds=self._start_seconds(),
            live=bool(self._spec["becomes_live"]),
        )
