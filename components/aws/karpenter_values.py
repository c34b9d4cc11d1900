"""Which Karpenter, to the byte, and what its chart is told.

The definitions have a chart of their own: inside the main chart they would be deleted with it,
and every pool with them.
Digests: what `helm pull` prints for these versions, as public records of that command have it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from components.aws.karpenter_version import SERVICE_ACCOUNT
from components.aws.upstream_images import KARPENTER
from components.kubernetes.chart import ChartSource

CRD_CHART = ChartSource(
    repository="oci://public.ecr.aws/karpenter/karpenter-crd",
    version=KARPENTER.tag,
    digest="sha256:c05c566740802506a34f3500b33e2fa3c9254f60469e84e5e294a3bd8adefb9f",
)
CHART = ChartSource(
    repository="oci://public.ecr.aws/karpenter/karpenter",
    version=KARPENTER.tag,
    digest="sha256:91434e00fb102d6ee0d1bd34a4457a32fe01a8fa833fe1a2a37da4f50272079b",
)
REPLICAS = 2
CPU, MEMORY = "500m", "1Gi"
"""Upstream's guides give one CPU for clusters of thousands of pods; memory is a limit, the CPU is not."""


@dataclass(frozen=True, kw_only=True)
class NoValues:
    """A chart that is told nothing."""

    def values(self) -> Mapping[str, Any]:
        """Return nothing."""
        return {}


@dataclass(frozen=True, kw_only=True)
class KarpenterValues:
    """What the controller is told.

    Args:
        cluster_name: of the EKS cluster.
        interruption_queue: name of the queue that warns of interruptions.
        isolated: the network has no way to the IAM and price APIs.
        image: our registry's copy of the controller, without digest.
        zonal_shift: do not buy in a zone that EKS has shifted away from.
    """

    cluster_name: Any
    interruption_queue: Any
    isolated: bool
    image: str
    zonal_shift: bool = False

    def values(self) -> Mapping[str, Any]:
        """Return the values as the chart names them."""
        return {
            "replicas": REPLICAS,
            "serviceAccount": {"name": SERVICE_ACCOUNT},
            "controller": {
                "image": {"repository": self.image, "tag": KARPENTER.tag, "digest": KARPENTER.digest},
                "resources": {"requests": {"cpu": CPU, "memory": MEMORY}, "limits": {"memory": MEMORY}},
            },
            "settings": {
                "clusterName": self.cluster_name,
                "interruptionQueue": self.interruption_queue,
                "isolatedVPC": self.isolated,
                "eksControlPlane": True,
                "enableZonalShift": self.zonal_shift,
                # Repair is alpha and ends nodes without a drain, but a GPU that fell off the bus serves nobody either.
                "featureGates": {"nodeRepair": True, "reservedCapacity": True, "spotToSpotConsolidation": False},
            },
        }
