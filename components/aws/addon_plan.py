"""The cluster's add-ons: which there are, when they come, which identity and settings each has.

A cluster whose network add-on comes after its nodes gets nodes that never become ready, and a timeout.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from components.aws.rules import listed

DEFAULT = "default"
Phase = Literal["before_nodes", "after_nodes"]

_VERSION = re.compile(r"^v\d+\.\d+\.\d+-eksbuild\.\d+$")
_ON_SYSTEM_NODES = {"tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}]}


@dataclass(frozen=True, kw_only=True)
class Identity:
    """The role of an add-on: whose service account it serves and what it may do."""

    service_account: str
    aws_policy: str
    uses_cluster_key: bool = False


@dataclass(frozen=True, kw_only=True)
class AddonPlan:
    """What is fixed about one add-on."""

    phase: Phase
    identity: Identity | None = None
    settings: Mapping[str, Any] | None = None

    @property
    def configuration(self) -> str | None:
        """The settings as the JSON that EKS takes."""
        return json.dumps(self.settings, sort_keys=True) if self.settings else None


ADDONS: dict[str, AddonPlan] = {
    "eks-pod-identity-agent": AddonPlan(phase="before_nodes"),
    "kube-proxy": AddonPlan(phase="before_nodes"),
    "vpc-cni": AddonPlan(
        phase="before_nodes",
        identity=Identity(service_account="aws-node", aws_policy="AmazonEKS_CNI_Policy"),
        settings={
            "enableNetworkPolicy": "true",
            "env": {"ENABLE_PREFIX_DELEGATION": "true"},
        },
    ),
    "aws-ebs-csi-driver": AddonPlan(
        phase="after_nodes",
        identity=Identity(
            service_account="ebs-csi-controller-sa",
            aws_policy="service-role/AmazonEBSCSIDriverPolicy",
            uses_cluster_key=True,
        ),
    ),
    "coredns": AddonPlan(phase="after_nodes"),
    "eks-node-monitoring-agent": AddonPlan(phase="after_nodes"),
    "metrics-server": AddonPlan(phase="after_nodes", settings=_ON_SYSTEM_NODES),
}


def of_phase(phase: Phase) -> list[str]:
    """Return the names of the add-ons that come in this phase."""
    return [name for name, plan in ADDONS.items() if plan.phase == phase]


def addon_problems(versions: Mapping[str, str], *, production: bool) -> Iterator[str]:
    """Yield what is wrong with the versions of the add-ons."""
    for name in sorted(ADDONS.keys() - versions.keys()):
        yield f"cluster.addons.{name} is missing; give it a version{'' if production else ', or default'}."
    for name, version in versions.items():
        if name not in ADDONS:
            yield f"cluster.addons.{name} is not an add-on of this cluster; they are {listed(ADDONS)}."
        elif not _VERSION.match(version) and (production or version != DEFAULT):
            yield (
                f'cluster.addons.{name} is "{version}"; pin a version such as v1.12.4-eksbuild.1 in prod, '
                "so that an update is a reviewed change."
            )
