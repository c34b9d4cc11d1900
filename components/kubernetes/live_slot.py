"""Refuses another release, or none, in a slot that takes traffic: by the route's weights and the running release.

Produces `pulumi-python:dynamic/slipway/kubernetes:LiveSlot`. It refuses when a plan is made, before anything changes.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from components.dynamic_provider import DynamicProvider, Values, inputs_of
from components.kubernetes.cluster_access import TIMEOUT_SECONDS, ClusterAccess, api_client, failures, is_known, why
from components.kubernetes.cluster_site import GATEWAY_GROUP
from components.kubernetes.object_names import RELEASE_ANNOTATION, SLOTS, object_name, slot_name
from serving.errors import ConfigurationError

NEEDED = "look at the network between here and there, and whether these credentials may get httproutes and deployments"


class LiveSlotProvider(DynamicProvider):
    """Looks at a slot in the cluster before its release changes."""

    replaces_on = frozenset({"namespace", "model", "slot"})

    def refuse(self, _olds: Values, news: Values) -> None:
        """Refuse a new release in the slot that takes the traffic, and to leave that slot out."""
        if not is_known(news.get("kubeconfig")):
            return
        share, running = slot_in_cluster(news)
        if share and running and running != news["sha256"]:
            said = refusal if news["sha256"] else left_out
            raise ConfigurationError(said(news["model"], news["slot"], share))

    def create(self, props: Values) -> CreateResult:
        """Remember what the slot runs."""
        return CreateResult(f"{props['model']}/{props['slot']}", {**inputs_of(props), "problem": ""})

    def update(self, _id: str, _olds: Values, _news: Values) -> UpdateResult:
        """Remember what the slot runs."""
        return UpdateResult(self.create(_news).outs)

    def problem(self, values: Values) -> str:  # noqa: ARG002 - it is nothing by itself
        """Find nothing wrong."""
        return ""


class LiveSlot(Resource, module="slipway/kubernetes", name="LiveSlot"):
    """The guard of one slot; `sha256` names its release, and is empty for a slot that the stack leaves out."""

    def __init__(
        self, name: str, access: ClusterAccess, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(LiveSlotProvider(), name, {**access.props(), **props, "problem": None}, opts)


def slot_in_cluster(values: Values) -> tuple[int, str | None]:
    """Return a slot's percent of the traffic and the digest of the release that it runs.

    Raises:
        ConfigurationError: The cluster does not say.
    """
    from kubernetes.client import AppsV1Api, CustomObjectsApi  # noqa: PLC0415 - see cluster_access

    client = api_client(values["kubeconfig"], values.get("context") or "")
    namespace, model, slot = values["namespace"], values["model"], values["slot"]
    where = f"models.{model}.slots.{slot}: the cluster does not say what it takes of the traffic"
    route = _found(
        where,
        lambda: CustomObjectsApi(client).get_namespaced_custom_object(
            GATEWAY_GROUP,
            "v1",
            namespace,
            "httproutes",
            object_name(model),
            _request_timeout=TIMEOUT_SECONDS,
        ),
    )
    deployment = _found(
        where,
        lambda: AppsV1Api(client).read_namespaced_deployment(
            slot_name(model, slot), namespace, _request_timeout=TIMEOUT_SECONDS
        ),
    )
    running = (deployment.metadata.annotations or {}).get(RELEASE_ANNOTATION) if deployment else None
    return share_of(route or {}, slot_name(model, slot)), running


def share_of(route: Mapping[str, Any], service: str) -> int:
    """Return the percent that a route gives a Service, rounded up; 0 when it gives nothing."""
    rules = [rule.get("backendRefs") or () for rule in route.get("spec", {}).get("rules") or ()]
    return max((_share(backends, service) for backends in rules), default=0)


def refusal(model: str, slot: str, share: int) -> str:
    """Return why a slot's release cannot change, and what to do."""
    other = _other(slot)
    return (
        f"models.{model}.slots.{slot} takes {share} % of the traffic, so its release cannot change in place; put the "
        f"new release into {other} and set models.{model}.live to {other}."
    )


def left_out(model: str, slot: str, share: int) -> str:
    """Return why a slot cannot be left out of the stack, and what to do."""
    other = _other(slot)
    return (
        f"models.{model}.slots.{slot} takes {share} % of the traffic and cannot be left out; set models.{model}.live "
        f"to {other} first, with both slots there, then leave {slot} out."
    )


def _other(slot: str) -> str:
    return next(other for other in SLOTS if other != slot)


def _share(backends: Sequence[Mapping[str, Any]], service: str) -> int:
    weights = [(backend["name"], int(backend.get("weight", 1))) for backend in backends]
    own, whole = sum(weight for name, weight in weights if name == service), sum(weight for _, weight in weights)
    return math.ceil(100 * own / whole) if own else 0


def _found(where: str, read: Callable[[], Any]) -> Any:  # noqa: ANN401 - the client's own objects
    try:
        return read()
    except failures() as error:
        if getattr(error, "status", None) == HTTPStatus.NOT_FOUND:
            return None
        raise ConfigurationError(f"{where} ({why(error)}); {NEEDED}.") from None
