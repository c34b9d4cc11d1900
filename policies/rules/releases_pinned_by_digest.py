"""A release is named by version and digest wherever it is named: what is reviewed is what will run.

A model repository holds code that runs in the model server, so a name that can move is a way in.
"""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from mechanics.facts import Config, Resource, Value, Violation
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import GATE, MODEL, MODEL_SLOT

SHA256 = re.compile(r"[0-9a-f]{64}")
# So many digits of a digest are taken for it.
TELLING_DIGITS = 8
MOVING = frozenset({"latest", "newest", "current", "stable", "nightly", "snapshot", "main", "master", "head"})
_ARCHIVE = re.compile(r"\.(tar|tgz|tar\.gz|tar\.zst|zip)$")


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return the releases that could turn into something else after the review."""
    in_uri = bool(config["versionInUri"])
    return [problem for path in _releases(resource) for problem in _problems(resource, path, in_uri=in_uri)]


def _releases(resource: Resource) -> Iterator[str]:
    for slot, declared in resource.mapping("spec.slots").items():
        if isinstance(declared, dict):
            yield f"spec.slots.{slot}.release"
    if not resource.is_a(MODEL):
        yield "release"
    if resource.get("other") is not None:
        yield "other.release"


def _problems(resource: Resource, path: str, *, in_uri: bool) -> list[Violation]:
    version, uri = resource.text(f"{path}.version"), resource.text(f"{path}.uri")
    segments = [_ARCHIVE.sub("", segment) for segment in urlsplit(uri).path.split("/") if segment]
    found = _digest_problems(resource, f"{path}.sha256", resource.get(f"{path}.sha256"))
    if not version or version.lower() in MOVING:
        problem = f'the release has the version "{version}"' if version else "the release has no version"
        found.append(resource.violation(f"{path}.version", problem, "publish it under a version of its own"))
    if moving := sorted({segment for segment in segments if segment.lower() in MOVING}):
        problem = f'the release lies under "{moving[0]}", which moves'
        found.append(resource.violation(f"{path}.uri", problem, "reference the folder of one version"))
    elif version and in_uri and "versionId=" not in uri and not _is_named(resource, path, segments):
        problem = f'the URI of release version "{version}" names neither that version nor an S3 versionId'
        found.append(resource.violation(f"{path}.uri", problem, "publish the release under its version"))
    return found


def _digest_problems(resource: Resource, path: str, digest: Value) -> list[Violation]:
    if isinstance(digest, str) and SHA256.fullmatch(digest):
        return []
    problem = f'the release has the digest "{digest}", not a sha256 of 64 hex digits'
    fix = "publish the release with its digest and reference that"
    return [resource.violation(path, problem if digest else "the release has no digest", fix)]


def _is_named(resource: Resource, path: str, segments: list[str]) -> bool:
    version = resource.text(f"{path}.version")
    # A release that only the cluster can read has no version but its digest, and its fetch is held to that.
    by_digest = len(version) >= TELLING_DIGITS and resource.text(f"{path}.sha256").startswith(version)
    return by_digest or any(_names(segment, version) for segment in segments)


def _names(segment: str, version: str) -> bool:
    return segment in {version, f"v{version}"} or segment.endswith((f"-{version}", f"-v{version}"))


RULE = ResourceRule(
    id="model-artifact-pinned",
    claim="Every release is pinned by version and digest.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*MODEL, *MODEL_SLOT, *GATE),
    reads=("spec.slots", "release", "other.release"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="versionInUri",
            schema={"type": "boolean", "description": "Whether a release's URI must name its version."},
            values=PerKind(local=False, dev=True, prod=True),
        ),
    ),
    standards=("Triton secure deployment: model repository",),
    check=check,
)
