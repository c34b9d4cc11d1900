"""Refuses another release in a slot that takes traffic, by what the cluster says: route weights and running release.

Produces `pulumi-python:dynamic/slipway/kubernetes:LiveSlot`. It refuses when a plan is made, before anything changes.
"""

from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from components.dynamic_provider import DynamicProvider, Values, inputs_of
from components.kubernetes.cluster_access import TIMEOUT_SECONDS, ClusterAccess, api_client, is_known
from components.kubernetes.object_names import RELEASE_ANNOTATION, object_name, slot_name
from serving.errors import ConfigurationError

NOT_FOUND = 404


class LiveSlotProvider(DynamicProvider):
    """Looks at a slot in the cluster before its release changes."""

    replaces_on = frozenset({"namespace", "model", "slot"})

    def refuse(self, _olds: Values, news: Values) -> None:
        """Refuse a new release in the slot that takes the traffic."""
        if not is_known(news.get("kubeconfig")):
            return
        share, running = slot_in_cluster(news)
        if share and running and running != news["sha256"]:
            raise ConfigurationError(refusal(news["model"], news["slot"], share))

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
    """The guard of one slot."""

    def __init__(
        self, name: str, access: ClusterAccess, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(LiveSlotProvider(), name, {**access.props(), **props, "problem": None}, opts)


def slot_in_cluster(values: Values) -> tuple[int, str | None]:
    """Return a slot's percent of the traffic and the digest of the release that it runs."""
    from kubernetes.client import AppsV1Api, CustomObjectsApi  # noqa: PLC0415 - see cluster_access

    client = api_client(values["kubeconfig"], values.get("context") or "")
    namespace, model, slot = values["namespace"], values["model"], values["slot"]
    route = _found(
        lambda: CustomObjectsApi(client).get_namespaced_custom_object(
            "gateway.networking.k8s.io",
            "v1",
            namespace,
            "httproutes",
            object_name(model),
            _request_timeout=TIMEOUT_SECONDS,
        )
    )
    deployment = _found(
        lambda: AppsV1Api(client).read_namespaced_deployment(
            slot_name(model, slot), namespace, _request_timeout=TIMEOUT_SECONDS
        )
    )
    running = (deployment.metadata.annotations or {}).get(RELEASE_ANNOTATION) if deployment else None
    return share_of(route or {}, slot_name(model, slot)), running


def share_of(route: Mapping[str, Any], service: str) -> int:
    """Return the weight that a route gives a Service, 0 when it does not name it."""
    backends = [
        backend for rule in route.get("spec", {}).get("rules") or () for backend in rule.get("backendRefs") or ()
    ]
    return max((int(backend.get("weight", 1)) for backend in backends if backend["name"] == service), default=0)


def refusal(model: str, slot: str, share: int) -> str:
    """Return why a slot's release cannot change, and what to do."""
    other = "green" if slot == "blue" else "blue"
    return (
        f"models.{model}.slots.{slot} takes {share} % of the traffic, so its release cannot change in place; put the "
        f"new release into {other} and set models.{model}.live to {other}."
    )


def _found(read: Any) -> Any:  # noqa: ANN401 - the client's own objects
    from kubernetes.client import ApiException  # noqa: PLC0415 - see cluster_access

    try:
        return read()
    except ApiException as error:
        if error.status == NOT_FOUND:
            return None
        raise
