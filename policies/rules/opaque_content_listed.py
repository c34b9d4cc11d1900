"""Nothing hides what it makes: a chart, a directory or a command is listed with version, digest and reason.

The content of a listed one was accepted by somebody at that version. Its values are still searched for secrets.
"""

import re
from collections.abc import Iterator

from mechanics.facts import Config, Resource, Value, Violation, shown
from mechanics.registry import OPAQUE
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown

# Where a type names its content; a command is known by its logical name.
SOURCES = ("chart", "file", "directory")
LISTED: list[Value] = [
    {
        "content": "oci://docker.io/envoyproxy/gateway-helm",
        "version": "v1.9.1",
        "digest": "sha256:91bae9aedb91ab34731e987afe01a3ccf454393015abeca705eea8ee15553e86",
        "reason": "the gateway's controller and its definitions, as its makers publish them; a hook makes certificates",
    },
    {
        "content": "oci://public.ecr.aws/karpenter/karpenter-crd",
        "version": "1.14.1",
        "digest": "sha256:c05c566740802506a34f3500b33e2fa3c9254f60469e84e5e294a3bd8adefb9f",
        "reason": "Karpenter's definitions and nothing else, apart from its controller so that they outlive it",
    },
    {
        "content": "oci://public.ecr.aws/karpenter/karpenter",
        "version": "1.14.1",
        "digest": "sha256:91434e00fb102d6ee0d1bd34a4457a32fe01a8fa833fe1a2a37da4f50272079b",
        "reason": "the controller that buys nodes, within the limits of pools and of a role that rules see",
    },
    {
        "content": ".slipway/charts/aws-load-balancer-controller",
        "version": "3.5.0",
        "digest": "sha256:45051f634b33e10baccb3354d0681b7de787c60445e599fa276e0c9aedd4ccd5",
        "reason": "registers pods as targets of balancers that rules see, and makes none itself",
    },
]

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return why the content of an opaque resource is not accepted."""
    name = _content(resource)
    entry = next((each for each in config["listed"] if _is_of(each, name)), None)
    if entry is None:
        problem = f"a {resource.type.kind} hides what it makes, and {shown(name)} is not listed"
        fix = (
            "use resources that the rules see, or list content, version, digest and reason in opaque_content_listed.py"
        )
        return [resource.violation("", problem, fix)]
    return [resource.violation(*problem) for problem in _problems(resource, entry)]


def _content(resource: Resource) -> str:
    return next((found for key in SOURCES if (found := resource.text(key))), resource.name)


def _is_of(entry: dict[str, Value], name: str) -> bool:
    """Tell whether an entry is for a content: by its name, or by name, version and digest where the name has them."""
    content, version, digest = (str(entry.get(key)) for key in ("content", "version", "digest"))
    in_registry, in_a_folder = f"{content}:{version}@{digest}", f"{content}-{version}-{digest.replace(':', '-')}.tgz"
    return name in {content, in_registry, in_a_folder}


def _problems(resource: Resource, entry: dict[str, Value]) -> Iterator[tuple[str, str, str]]:
    if not str(entry.get("reason") or "").strip():
        yield "", "its entry gives no reason", "say why its content is accepted unseen"
    if not any(resource.text(key) for key in SOURCES):
        return
    if not _DIGEST.fullmatch(str(entry.get("digest"))):
        yield "", "its entry has no sha256 digest", "list the digest of what was read"
    named = str(entry.get("digest")).rpartition(":")[2] in _content(resource)
    if (
        resource.text("chart")
        and not named
        and (not entry.get("version") or resource.get("version") != entry["version"])
    ):
        problem = f"the version is {shown(resource.get('version'))}, but listed is {shown(entry.get('version'))}"
        yield "version", problem, "accept that version, then list it with its digest"


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
