"""Every container runs the image that was reviewed: named by its digest, and from a registry on the list."""

import re
from collections.abc import Iterator

from mechanics.facts import Config, Resource, Violation, shown
from mechanics.pods import containers, in_containers, template
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import ENVOY_PROXY, POD

# Envoy Gateway makes the pods of the proxies; their images are only in its own object.
PROXY_CONTAINERS = (
    "spec.provider.kubernetes.envoyDeployment.container",
    "spec.provider.kubernetes.envoyDaemonSet.container",
)
_PINNED = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return images that may turn into others after the review, and those from elsewhere."""
    return [violation for each in _images(resource) for violation in _problems(each, list(config["registries"]))]


def _images(resource: Resource) -> list[Resource]:
    if not resource.is_a(ENVOY_PROXY):
        return containers(template(resource))
    # Without an image Envoy Gateway takes the one that its own release names.
    return [part for path in PROXY_CONTAINERS if (part := resource.part(path)).get("image") is not None]


def _problems(container: Resource, registries: list[str]) -> Iterator[Violation]:
    image = container.text("image")
    if not _PINNED.fullmatch(image):
        problem = f"the image is {shown(image or None)}, which names no digest"
        yield container.violation("image", problem, "write repository@sha256:… and keep the tag in a label")
    elif registries and not image.startswith(tuple(registries)):
        problem = f'the image "{image.partition("@")[0]}" comes from a registry that is not on the list'
        yield container.violation("image", problem, f"take it from {' or '.join(registries)}")


RULE = ResourceRule(
    id="image-digest-pinned",
    claim="Every image is named by its digest.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*POD, *ENVOY_PROXY),
    reads=(*in_containers("image"), *(f"{path}.image" for path in PROXY_CONTAINERS)),
    unknown=WhenUnknown.CLOSED,
    options=(
        Option(
            name="registries",
            schema={
                "type": "array",
                "items": {"type": "string"},
                "description": "What an image's name may begin with; any registry will do where none is listed.",
            },
            values=PerKind(local=[], dev=[], prod=[]),
        ),
    ),
    standards=("CKV_K8S_43", "C-0306", "C-0078", "CIS 5.1.4"),
    check=check,
)
