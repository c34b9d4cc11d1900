"""Finds the releases that a stack file names, and reads their digests while the program runs.

So a digest is known at plan time: policies judge it, and a changed model file shows in `pulumi preview`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.settings import ReleaseReference, Settings, SlotSettings
from serving.errors import ConfigurationError
from serving.formats import supported
from serving.release import Release, load, locate


@dataclass(frozen=True, kw_only=True)
class PlannedRelease:
    """A release as the plan names it; `release` is its manifest, read but with its files not yet verified."""

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


def planned_releases(settings: Settings, root: Path) -> dict[str, dict[str, PlannedRelease]]:
    """Return every release of a stack by model and slot.

    Args:
        settings: The stack.
        root: The folder that relative paths start from.

    Raises:
        ConfigurationError: At least one release cannot be used; the message has a line for each.
    """
    problems: list[str] = []
    planned: dict[str, dict[str, PlannedRelease]] = {}
    for model, entry in settings.models.items():
        for slot, where in entry.configured_slots().items():
            try:
                planned.setdefault(model, {})[slot] = _planned(model, where, root)
            except ConfigurationError as error:
                problems.append(f"models.{model}.slots.{slot}.release: {error}")
    problems += _signature_problems(planned)
    if problems:
        raise ConfigurationError("\n".join(problems))
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
