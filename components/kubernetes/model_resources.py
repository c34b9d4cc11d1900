"""What the pods of a model get: processor, memory, GPUs, copies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GPU = "nvidia.com/gpu"
SHARED_GPU = "nvidia.com/gpu.shared"
SERVER_MIB = 256
"""What a model server takes before any model and any shared memory."""


@dataclass(frozen=True, kw_only=True)
class ModelResources:
    """The resources of one pod, and how many pods a slot has.

    Args:
        cpu: Cores that are reserved; more are used where they are free.
        memory_mib: Reserved and the limit, shared memory included.
        gpu: Whole GPUs of one pod.
        min_replicas: Pods of a slot, at least.
        max_replicas: Pods of a slot, at most; more than the least needs an autoscaler.
        shm_mib: Shared memory between the server and the processes that run a model.
        pool: The node pool, by its label; needed with a GPU.
        mig_profile: A slice of a GPU instead of a whole one, such as `1g.10gb`; isolated in hardware.
        time_slicing: A turn on a shared GPU instead of a whole one; no isolation.
        idle_warm_hours: After its last request an idle slot keeps its pods for so long; None is for ever.
        preemptible_idle: Whether pods of the idle slot may be evicted for others; a switch then restarts pods.
    """

    cpu: float = 1
    memory_mib: int = 1024
    gpu: int = 0
    min_replicas: int = 1
    max_replicas: int = 1
    shm_mib: int = 256
    pool: str | None = None
    mig_profile: str | None = None
    time_slicing: bool = False
    idle_warm_hours: float | None = None
    preemptible_idle: bool = False

    @property
    def scales(self) -> bool:
        """Whether the number of pods follows the load."""
        return self.max_replicas > self.min_replicas

    @property
    def accelerator(self) -> str:
        """The resource that a device plugin offers."""
        if self.mig_profile:
            return f"nvidia.com/mig-{self.mig_profile}"
        return SHARED_GPU if self.time_slicing else GPU

    @staticmethod
    def of(spec: Mapping[str, Any]) -> "ModelResources":
        """Return the resources of a model's plain values."""
        replicas, share = spec.get("replicas", 1), spec.get("accelerator_share") or {}
        bounds = replicas if isinstance(replicas, Mapping) else {"min": replicas, "max": replicas}
        named = ("cpu", "memory_mib", "gpu", "shm_mib", "pool", "idle_warm_hours", "preemptible_idle")
        return ModelResources(
            **{name: spec[name] for name in named if name in spec},
            min_replicas=int(bounds["min"]),
            max_replicas=int(bounds["max"]),
            mig_profile=share.get("profile"),
            time_slicing=share.get("kind") == "time_slicing",
        )


def resource_problems(spec: Mapping[str, Any], *, autoscaled: bool) -> Iterator[str]:
    """Yield what contradicts itself in a model's resources, each a sentence that begins with the key."""
    found = ModelResources.of(spec)
    if found.max_replicas < found.min_replicas:
        yield f"replicas is {found.min_replicas} to {found.max_replicas}; the most must not be below the least."
    if found.scales and not autoscaled:
        yield (
            f"replicas is {found.min_replicas} to {found.max_replicas}, but platform.autoscaler is none; "
            "name one, or write a single number."
        )
    if found.memory_mib < found.shm_mib + SERVER_MIB:
        yield (
            f"memory_mib is {found.memory_mib}, but shm_mib counts against it and is {found.shm_mib}; "
            f"make it {found.shm_mib + SERVER_MIB} or more."
        )
    if found.gpu and not found.pool:
        yield "gpu is set and pool is not; name the pool of GPU nodes, or the pod would wait on any tainted node."
    if not found.gpu and (found.mig_profile or found.time_slicing):
        yield "accelerator_share is set and gpu is 0; say how many shares, or leave it out."


def priority_class(resources: ModelResources, classes: Mapping[str, str] | None, *, live: bool) -> str | None:
    """Return the priority class of a slot's pods, `live` or `idle` of those that there are.

    A pod has the class that it started with, so another class for the idle slot restarts pods at each switch.
    """
    role = "idle" if resources.preemptible_idle and not live else "live"
    return classes[role] if classes else None
