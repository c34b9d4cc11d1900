"""The rules of a stack on a cluster that go beyond the shape of its settings, asked while other sections are wrong."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from components.kubernetes.idle_slot import idle_problems
from components.kubernetes.model_resources import resource_problems
from components.kubernetes.object_names import name_problems
from components.kubernetes.release_volume import S3, VOLUME_MOUNT
from infra.settings import Model, ReleaseReference
from serving.cluster.unavailable import unavailable
from serving.shift_plan import ShiftPlan

MAX_LIMITED_CLIENTS = 15
"""Envoy Gateway takes 16 rules of local limits, and one is everybody's."""
ON_VOLUME = f"file://{VOLUME_MOUNT}/"


def cluster_problems(raw: Mapping[str, Any], wrong: Collection[tuple[str, ...]]) -> Iterator[str]:
    """Yield every sentence about a stack on a cluster, each beginning with its place.

    Args:
        raw: The stack file's values.
        wrong: The places that have a problem already.
    """
    platform, models = mapping(raw.get("platform")), mapping(raw.get("models"))
    yield from name_problems([str(name) for name in models])
    yield from _limit_problems(platform, mapping(mapping(raw.get("gateway")).get("clients")))
    yield from _door_problems(platform)
    if platform.get("gateway_namespace", "envoy-gateway-system") == platform.get("namespace", "models"):
        yield "platform.namespace is the gateway's namespace too; keep the models apart from what leads to them."
    autoscaled = platform.get("autoscaler", "none") != "none"
    for name, model in models.items():
        if not any(path[:2] == ("models", name) for path in wrong):
            yield from (f"models.{name}.{problem}" for problem in _model_problems(model, autoscaled=autoscaled))


def served_problems(raw: Mapping[str, Any], wrong: Collection[tuple[str, ...]]) -> Iterator[str]:
    """Yield every sentence about models on the cluster that their own stack makes.

    Args:
        raw: The stack file's values; what a cluster is told stands in `platform.serving`.
        wrong: The places that have a problem already.
    """
    if not raw.get("gateway"):
        yield "models is not empty, but gateway is missing; say who may call: gateway: {clients: {…: {models: […]}}}."
    yield from cluster_problems({**raw, "platform": mapping(mapping(raw.get("platform")).get("serving"))}, wrong)


def _model_problems(raw: Any, *, autoscaled: bool) -> Iterator[str]:  # noqa: ANN401 - YAML
    try:
        model = Model.model_validate(raw)
    except ValidationError:
        return
    for problem in resource_problems(model.resources.model_dump(mode="json"), autoscaled=autoscaled):
        yield f"resources.{problem}"
    yield from idle_problems("resources", model.resources.idle_warm_hours, autoscaled=autoscaled)
    for problem in unavailable(ShiftPlan(**model.shift.model_dump())):
        yield f"shift.{problem}"
    for slot, where in model.configured_slots().items():
        if isinstance(where.release, ReleaseReference):
            yield from (f"slots.{slot}.release.{problem}" for problem in _reference_problems(where.release))


def _reference_problems(release: ReleaseReference) -> Iterator[str]:
    if release.claim and not release.uri.startswith(ON_VOLUME):
        yield f"uri is {release.uri}, but the claim is mounted at {VOLUME_MOUNT}; write {ON_VOLUME}…."
    if release.claim is None and release.uri.startswith(ON_VOLUME):
        yield f"uri is {release.uri}, but no claim says which volume that is; add claim."
    if release.claim is None and "://" in release.uri and not release.uri.startswith((S3, "file://")):
        yield f"uri is {release.uri}; a cluster fetches s3://…, and file://… as a directory or from a volume."


def _limit_problems(platform: Mapping[str, Any], clients: Mapping[str, Any]) -> Iterator[str]:
    limited = mapping(mapping(platform.get("rate_limit")).get("clients"))
    for name in limited:
        if name not in clients:
            yield f"platform.rate_limit.clients names {name}, who is no client of the gateway; correct the name."
    if len(limited) > MAX_LIMITED_CLIENTS:
        yield (
            f"platform.rate_limit.clients has {len(limited)} clients, and at most {MAX_LIMITED_CLIENTS} can have a "
            "limit of their own; raise requests_per_second and leave some out."
        )


def _door_problems(platform: Mapping[str, Any]) -> Iterator[str]:
    kind = platform.get("gateway_service", "ClusterIP")
    if kind != "ClusterIP" and platform.get("tls", "none") == "none":
        yield (
            f"platform.gateway_service is {kind} and platform.tls is none, so keys would cross the network in "
            "clear text; name the Secret of a certificate, tls: {secret: …}, or use ClusterIP."
        )


def mapping(value: object) -> Mapping[str, Any]:
    """Return a value of a stack file where it is a mapping, and nothing where it is a mistake."""
    return value if isinstance(value, Mapping) else {}
