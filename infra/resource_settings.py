"""What the pods of a model get on a cluster, as a stack file says it. One machine reads it and gives what it has."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, StringConstraints, Tag

from infra.aws_settings import PoolName
from infra.frozen import Frozen

MIG_PATTERN = r"^[1-7]g\.[0-9]{1,3}gb$"
Count = Annotated[int, Field(ge=1, le=1000)]


class ReplicaRange(Frozen):
    """Pods of a slot that follow the load; `platform.autoscaler` says by what."""

    min: Count
    """At least; below it no pod is taken away."""
    max: Count
    """At most."""


class MigShare(Frozen):
    """A slice of a GPU that is isolated in hardware."""

    kind: Literal["mig"]
    """Which kind of share."""
    profile: Annotated[str, StringConstraints(pattern=MIG_PATTERN)]
    """The slice, such as `1g.10gb`, as the nodes of the pool are set up to offer it."""


class TimeSlicing(Frozen):
    """Turns on a GPU that others use too. There is no isolation: one model can take memory and time from another."""

    kind: Literal["time_slicing"]
    """Which kind of share."""


def _replicas_kind(value: object) -> str:
    return "number" if isinstance(value, int) else "range"


class Resources(Frozen):
    """What one pod of a model gets and how many there are. On one machine a slot is one process with what there is."""

    cpu: Annotated[float, Field(gt=0, le=256)] = 1
    """Cores that are reserved; where others are idle the pod may use more."""
    memory_mib: Annotated[int, Field(ge=128, le=4 * 1024 * 1024)] = 1024
    """Memory, reserved and the limit. Shared memory counts against it."""
    gpu: Annotated[int, Field(ge=0, le=16)] = 0
    """GPUs of one pod, or shares of one where `accelerator_share` is set."""
    replicas: Annotated[
        Annotated[Count, Tag("number")] | Annotated[ReplicaRange, Tag("range")], Discriminator(_replicas_kind)
    ] = 1
    """Pods of each slot: a number, or `{min, max}`."""
    shm_mib: Annotated[int, Field(ge=16, le=1024 * 1024)] = 256
    """Shared memory between the model server and the processes that run the model."""
    pool: PoolName | None = None
    """The node pool, by the label slipway.dev/pool of its nodes; needed with a GPU."""
    accelerator_share: Annotated[MigShare | TimeSlicing, Field(discriminator="kind")] | None = None
    """A part of a GPU instead of whole ones."""
    idle_warm_hours: float | None = None
    """After its last requests (3 a minute or more) the idle slot keeps its pods for so long; without a number for ever.
    A rollback to a slot without pods waits for their start, and maybe for a node's. Needs `platform.autoscaler`."""
    preemptible_idle: bool = False
    """Whether the idle slot's pods may be evicted for others. Its pods then restart at each switch, and a rollback
    waits for their start."""
