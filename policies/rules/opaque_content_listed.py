"""Nothing hides what it makes: a chart, a directory or a command is listed with version, digest and reason.

The content of a listed one was read by somebody at that version. Its values are still searched for secrets.
"""

import re
from collections.abc import Iterator

from mechanics.facts import Config, Resource, Value, Violation, shown
from mechanics.registry import OPAQUE
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown

# Where a type names its content; a command is known by its logical name.
SOURCES = ("chart", "file", "directory")
LISTED: list[Value] = []

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return why the content of an opaque resource is not accepted."""
    name = _content(resource)
    entry = next((each for each in config["listed"] if each.get("content") == name), None)
    if entry is None:
        problem = f"a {resource.type.kind} hides what it makes, and {shown(name)} is not listed"
        fix = (
            "use resources that the rules see, or list content, version, digest and reason in opaque_content_listed.py"
        )
        return [resource.violation("", problem, fix)]
    return [resource.violation(*problem) for problem in _problems(resource, entry)]


def _content(resource: Resource) -> str:
    return next((found for key in SOURCES if (found := resource.text(key))), resource.name)


def _problems(resource: Resource, entry: dict[str, Value]) -> Iterator[tuple[str, str, str]]:
    if not str(entry.get("reason") or "").strip():
        yield "", "its entry gives no reason", "say why its content is accepted unseen"
    if not any(resource.text(key) for key in SOURCES):
        return
    if not _DIGEST.fullmatch(str(entry.get("digest"))):
        yield "", "its entry has no sha256 digest", "list the digest of what was read"
    if resource.text("chart") and (not entry.get("version") or resource.get("version") != entry["version"]):
        problem = f"the version is {shown(resource.get('version'))}, but listed is {shown(entry.get('version'))}"
        yield "version", problem, "read that version, then list it with its digest"


RULE = ResourceRule(
    id="opaque-content",
    claim="What hides its content is listed with version, digest and reason.",
    severity=Severity.HIGH,
    levels=PerKind(local=Level.ADVISORY, dev=Level.ADVISORY, prod=Level.MANDATORY),
    types=OPAQUE,
    reads=(*SOURCES, "version"),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="listed",
            schema={
                "type": "array",
                "items": {"type": "object"},
                "description": "What was read and accepted: content, version, digest, reason.",
            },
            values=PerKind(local=LISTED, dev=LISTED, prod=LISTED),
        ),
    ),
    check=check,
)
