"""Every container runs the image that was reviewed: named by its digest, and from a registry on the list."""

import re
from collections.abc import Iterator

from mechanics.facts import Config, Resource, Value, Violation, shown
from mechanics.pods import containers, in_containers, template
from mechanics.rule import Level, Option, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import CHART, ENVOY_PROXY, POD

# Envoy Gateway makes the pods of the proxies; their images are only in its own object.
PROXY_CONTAINERS = (
    "spec.provider.kubernetes.envoyDeployment.container",
    "spec.provider.kubernetes.envoyDaemonSet.container",
)
# Where the charts that we install name theirs. Elsewhere in values one that is not known yet is judged when it is.
CHART_IMAGES = ("values.image", "values.controller.image")
IMAGE_PARTS = ("registry", "repository", "tag", "digest")
_PINNED = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")


def check(resource: Resource, config: Config) -> list[Violation]:
    """Return images that may turn into others after the review, and those from elsewhere."""
    registries = tuple(config["registries"])
    return [
        place.violation(path, problem, fix)
        for place, path, image in _images(resource)
        for problem, fix in _problems(image, registries)
    ]


def _images(resource: Resource) -> Iterator[tuple[Resource, str, str]]:
    """Yield each image with what it stands in, and where in that."""
    if resource.is_a(CHART):
        yield from ((resource, path, image) for path, image in _in_values(resource.mapping("values"), "values"))
    elif resource.is_a(ENVOY_PROXY):
        proxies = map(resource.part, PROXY_CONTAINERS)
        # Without an image Envoy Gateway takes the one that its own release names.
        yield from ((each, "image", each.text("image")) for each in proxies if each.get("image") is not None)
    else:
        yield from ((each, "image", each.text("image")) for each in containers(template(resource)))


def _in_values(value: Value, path: str) -> Iterator[tuple[str, str]]:
    """Yield the images that a chart is told to run; one that it chooses itself is part of what was read and listed."""
    items = value.items() if isinstance(value, dict) else ()
    for key, item in items:
        place = f"{path}.{key}"
        if str(key).lower().endswith("image") and (image := _image_name(item)):
            yield place, image
        else:
            yield from _in_values(item, place)
    for index, item in enumerate(value if isinstance(value, list) else ()):
        yield from _in_values(item, f"{path}[{index}]")


def _image_name(value: Value) -> str:
    """Return what charts write as one text, or in parts; empty where it names no image."""
    if not isinstance(value, dict):
        return value if isinstance(value, str) else ""
    registry, repository, tag, digest = (str(value.get(part) or "") for part in IMAGE_PARTS)
    name = "/".join(filter(None, (registry, repository)))
    return name + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")


def _problems(image: str, registries: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if not _PINNED.fullmatch(image):
        problem = f"the image is {shown(image or None)}, which names no digest"
        yield problem, "write repository@sha256:… and keep the tag in a label"
    elif registries and not image.startswith(registries):
        problem = f'the image "{image.partition("@")[0]}" comes from a registry that is not on the list'
        yield problem, f"take it from {' or '.join(registries)}"


RULE = ResourceRule(
    id="image-digest-pinned",
    claim="Every image is named by its digest.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.ADVISORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*POD, *ENVOY_PROXY, *CHART),
    reads=(*in_containers("image"), *(f"{path}.image" for path in PROXY_CONTAINERS), *CHART_IMAGES),
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
