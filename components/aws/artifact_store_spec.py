"""How long releases are kept from deletion, and where in the bucket each lies."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class NoLock:
    """An object may be deleted; its versions stay for a while."""

    kind: Literal["none"] = "none"


@dataclass(frozen=True, kw_only=True)
class Lock:
    """An object cannot be deleted or changed for some days.

    Args:
        days: for how long.
        mode: `GOVERNANCE` can be lifted by a role with that right; `COMPLIANCE` by nobody.
        accept_undeletable: nobody will delete for that time, and that is meant.
    """

    days: int
    mode: Literal["GOVERNANCE", "COMPLIANCE"] = "GOVERNANCE"
    accept_undeletable: bool = False
    kind: Literal["object_lock"] = "object_lock"


@dataclass(frozen=True, kw_only=True)
class ArtifactStoreSpec:
    """The plain description of the place where releases lie.

    Args:
        lock: protection from deletion.
        noncurrent_days: how long a replaced or deleted version stays.
        from_network_only: refuse everyone outside our network but the deploy role.
        break_glass_role_arn: the only role that may delete.
    """

    lock: NoLock | Lock = field(default_factory=NoLock)
    noncurrent_days: int = 7
    from_network_only: bool = False
    break_glass_role_arn: str | None = None


def artifact_store_problems(spec: ArtifactStoreSpec) -> Iterator[str]:
    """Yield every sentence about what is wrong with an artifact store."""
    lock = spec.lock
    if isinstance(lock, Lock):
        if lock.mode == "COMPLIANCE" and not lock.accept_undeletable:
            yield "artifact_store.lock is COMPLIANCE: nobody, including the root user, can delete for that time."
        if lock.days < 1:
            yield f"artifact_store.lock.days is {lock.days}; give at least 1, or lock: none."
        if spec.noncurrent_days < lock.days:
            yield (
                f"artifact_store.noncurrent_days is {spec.noncurrent_days}, less than lock.days ({lock.days}); S3 "
                "cannot expire what is locked."
            )


def release_prefix(namespace: str, model: str, digest: str) -> str:
    """Return where a release lies: the digest of its manifest is its name, so a prefix is written once."""
    return f"models/{namespace}/{model}/{digest}"
