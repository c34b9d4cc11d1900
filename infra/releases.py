"""Finds the releases that a stack file names, and reads their digests while the program runs.

So a digest is known at plan time: policies judge it, and a changed model file shows in `pulumi preview`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from components.kubernetes.release_volume import S3, size_problems
from infra.settings import ClusterSettings, Model, ReleaseReference, Settings, SlotSettings
from serving.errors import ConfigurationError
from serving.formats import supported
from serving.release import Release, load, locate

ELSEWHERE_VERSION_DIGITS = 12


@dataclass(frozen=True, kw_only=True)
class PlannedRelease:
    """A release as the plan names it; `release` is its manifest, read but with its files not yet verified.

    Args:
        uri: Where the stack file says it lies.
        release: The release.
    """

    uri: str
    release: Release

    def spec(self) -> dict[str, Any]:
        """Return the plain values that resources and policies see."""
        manifest = self.release.manifest
        return {
            "name": manifest.name,
            "version": manifest.version,
            "uri": self.uri,
            "sha256": self.release.digest,
        }


@dataclass(frozen=True, kw_only=True)
class DistantRelease:
    """A release that only the cluster can read: the stack file's word is taken, and the fetch holds it to it.

    Args:
        model: Whose it is.
        reference: What the stack file says.
    """

    model: str
    reference: ReleaseReference

    def spec(self) -> dict[str, Any]:
        """Return the plain values that resources and policies see."""
        claim = {"claim": self.reference.claim} if self.reference.claim else {}
        digest = self.reference.sha256
        version = digest[:ELSEWHERE_VERSION_DIGITS]
        return {"name": self.model, "version": version, "uri": self.reference.uri, "sha256": digest, **claim}


AnyRelease = PlannedRelease | DistantRelease
Releases = Mapping[str, Mapping[str, AnyRelease]]
"""Model → slot → its release."""
T = TypeVar("T")


def planned_releases(settings: Settings, root: Path) -> dict[str, dict[str, PlannedRelease]]:
    """Return every release of a stack on this machine by model and slot.

    Args:
        settings: The stack.
        root: The folder that relative paths start from.

    Raises:
        ConfigurationError: At least one release cannot be used; the message has a line for each.
    """
    problems: list[str] = []
    planned = _each(settings.models, lambda model, where: _planned(model, where, root), problems)
    problems += _signature_problems(planned)
    if problems:
        raise ConfigurationError("\n".join(problems))
    return planned


def cluster_releases(settings: ClusterSettings, root: Path) -> dict[str, dict[str, AnyRelease]]:
    """Return every release of a stack on a cluster by model and slot: directories are read, the others are believed.

    Args:
        settings: The stack.
        root: The folder that relative paths start from.

    Raises:
        ConfigurationError: At least one release cannot be used; the message has a line for each.
    """
    problems: list[str] = []

    def found(model: str, where: SlotSettings) -> AnyRelease:
        reference = where.release
        if isinstance(reference, ReleaseReference) and (reference.claim or reference.uri.startswith(S3)):
            return DistantRelease(model=model, reference=reference)
        return _planned(model, where, root)

    planned = _each(settings.models, found, problems)
    near = {
        model: {slot: release for slot, release in slots.items() if isinstance(release, PlannedRelease)}
        for model, slots in planned.items()
    }
    problems += _signature_problems(near)
    for model, slots in near.items():
        for slot, release in slots.items():
            problems += size_problems(f"models.{model}.slots.{slot}.release", release.uri, release.release)
    if problems:
        raise ConfigurationError("\n".join(problems))
    return planned


def _each(
    models: Mapping[str, Model], find: Callable[[str, SlotSettings], T], problems: list[str]
) -> dict[str, dict[str, T]]:
    planned: dict[str, dict[str, T]] = {}
    for model, entry in models.items():
        for slot, where in entry.configured_slots().items():
            try:
                planned.setdefault(model, {})[slot] = find(model, where)
            except ConfigurationError as error:
                problems.append(f"models.{model}.slots.{slot}.release: {error}")
    return planned


def _planned(model: str, where: SlotSettings, root: Path) -> PlannedRelease:
    uri = where.release.uri if isinstance(where.release, ReleaseReference) else where.release
    release = load(locate(uri, root))
    manifest = release.manifest
    if isinstance(where.release, ReleaseReference) and where.release.sha256 != release.digest:
        raise ConfigurationError(
            f"{uri} has the digest {release.digest}, but the stack file says {where.release.sha256}; "
            "correct the digest, or put the release that was meant there."
        )
    if manifest.name != model:
        raise ConfigurationError(
            f'{uri} is a release of "{manifest.name}", but the model is "{model}"; name a release of this model.'
        )
    if manifest.format not in supported():
        raise ConfigurationError(
            f'{uri} has the format "{manifest.format}"; supported are {", ".join(supported())}. '
            "Export the model to one of these and pack it again."
        )
    return PlannedRelease(uri=uri, release=release)


def _signature_problems(planned: Mapping[str, Mapping[str, PlannedRelease]]) -> Iterator[str]:
    for model, slots in planned.items():
        tasks = {slot: planned_release.release.manifest.task for slot, planned_release in slots.items()}
        if len(set(tasks.values())) > 1:
            yield f"models.{model}.slots: the releases have different tasks ({tasks}); a model has one task."
