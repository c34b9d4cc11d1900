"""Who waits when nodes are short: the idle slot, never the live one."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.kubernetes.manifest import Manifest

LIVE, IDLE = 1000, 100
"""Above pods without a class (0), far below the system's own (two billion)."""


@dataclass(frozen=True, kw_only=True)
class PriorityClassesArgs:
    """Whose pods.

    Args:
        namespace: of the models; classes belong to the whole cluster, so their names begin with it.
    """

    namespace: str


class PriorityClasses(pulumi.ComponentResource):
    """Two classes: a live slot's pods push an idle slot's pods aside, and an idle slot's pods push nobody.

    Produces:
        Two PriorityClasses.
    """

    names: Mapping[str, str]

    def __init__(self, name: str, args: PriorityClassesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make both."""
        super().__init__("slipway:aws:PriorityClasses", name, None, opts)
        self.names = {role: f"{args.namespace}-{role}" for role in ("live", "idle")}
        for role, value, policy in (("live", LIVE, "PreemptLowerPriority"), ("idle", IDLE, "Never")):
            document = {
                "apiVersion": "scheduling.k8s.io/v1",
                "kind": "PriorityClass",
                "metadata": {"name": self.names[role], "labels": {"app.kubernetes.io/part-of": "slipway"}},
                "value": value,
                "preemptionPolicy": policy,
                "description": f"The {role} slots of the models in {args.namespace}.",
            }
            Manifest(f"{name}-{role}", document, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"names": self.names})
