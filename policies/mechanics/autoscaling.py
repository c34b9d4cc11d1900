"""How a rule reads what changes the number of pods: whose they are, between which bounds, by which metrics."""

from mechanics.facts import Resource, Stack
from mechanics.pods import Identity, identity, namespace
from mechanics.quantities import quantity
from mechanics.tokens import AUTOSCALER

# What the number of pods follows from.
READS = (
    "spec.replicas",
    "spec.scaleTargetRef",
    "spec.minReplicas",
    "spec.maxReplicas",
    "spec.minReplicaCount",
    "spec.maxReplicaCount",
)


def is_keda(autoscaler: Resource) -> bool:
    """Tell whether an autoscaler is KEDA's."""
    return autoscaler.type.kind == "ScaledObject"


def target(autoscaler: Resource) -> Identity:
    """Return what an autoscaler scales."""
    reference = autoscaler.part("spec.scaleTargetRef")
    return namespace(autoscaler), reference.text("kind") or "Deployment", reference.text("name")


def bounds(autoscaler: Resource) -> tuple[float, float]:
    """Return the fewest and the most pods; where they are not set, what Kubernetes and KEDA take."""
    suffix, least, most = ("Count", 0, 100) if is_keda(autoscaler) else ("s", 1, 1)
    return _number(autoscaler, f"spec.minReplica{suffix}", least), _number(autoscaler, f"spec.maxReplica{suffix}", most)


class Replicas:
    """How many pods the workloads of a stack have: by their autoscaler where there is one."""

    def __init__(self, stack: Stack) -> None:
        # Of two that scale the same the first one holds.
        self._scalers = {target(each): each for each in reversed(stack.of(AUTOSCALER))}

    def fewest(self, workload: Resource) -> float:
        """Return how many pods a workload has when nothing is asked of it."""
        scaler = self._scalers.get(identity(workload))
        return bounds(scaler)[0] if scaler else _replicas(workload)

    def most(self, workload: Resource) -> float:
        """Return how many pods a workload may have."""
        scaler = self._scalers.get(identity(workload))
        return bounds(scaler)[1] if scaler else _replicas(workload)


def _replicas(workload: Resource) -> float:
    return _number(workload, "spec.parallelism" if workload.type.kind == "Job" else "spec.replicas", 1)


def _number(thing: Resource, path: str, default: float) -> float:
    found = quantity(thing.get(path))
    return default if found is None else found
