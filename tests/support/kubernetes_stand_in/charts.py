"""Components that the provider makes itself: charts and groups of YAML, each object in them a resource of its own."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import grpc
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from tests.support.kubernetes_stand_in.api_error import ApiError
from tests.support.kubernetes_stand_in.cluster import Cluster, Object
from tests.support.kubernetes_stand_in.helm import objects, rendered
from tests.support.kubernetes_stand_in.object_names import identity
from tests.support.kubernetes_stand_in.rows import group_of
from tests.support.stand_in import wire

_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
_DEFINITION = "CustomResourceDefinition"
_KEEP = "helm.sh/resource-policy"
_WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Service", "Ingress")
_LAST = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration", "APIService")
_NO_DEPENDENCIES = resource_pb2.RegisterResourceRequest.PropertyDependencies()
_MESSAGE_BYTES = 400 * 1024 * 1024
_AT_ONCE = 32


def construct(request: Any, cluster: Cluster | None, namespace: str, version: str) -> provider_pb2.ConstructResponse:
    """Register a component and the objects in it.

    Args:
        request: The engine's ConstructRequest.
        cluster: The provider's cluster, when it is known.
        namespace: The provider's namespace.
        version: Version that the children ask their provider for.

    Raises:
        ApiError: The type is unknown, or its objects cannot be had.
    """
    inputs = wire.properties(request.inputs)
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
    with grpc.insecure_channel(request.monitorEndpoint, options=options) as channel:
        monitor = resource_pb2_grpc.ResourceMonitorStub(channel)
        component = _Bundle(monitor, request, version)
        if wire.has_unknown(inputs):
            return provider_pb2.ConstructResponse(urn=component.urn)
        place = str(inputs.get("namespace") or namespace)
        found = [_in_namespace(each, place, cluster) for each in _scoped(_objects(request, inputs, place, cluster))]
        children = component.register(found, inputs)
        state = wire.struct({"resources": children})
        outputs = resource_pb2.RegisterResourceOutputsRequest(urn=component.urn, outputs=state)
        monitor.RegisterResourceOutputs(outputs)
        return provider_pb2.ConstructResponse(urn=component.urn, state=state)


def _objects(request: Any, inputs: Mapping[str, Any], namespace: str, cluster: Cluster | None) -> list[Object]:
    match request.type:
        case "kubernetes:helm.sh/v4:Chart":
            return rendered(inputs, request.name, namespace, cluster)
        case "kubernetes:yaml/v2:ConfigFile":
            return list(objects(Path(inputs["file"]).read_text()))
        case "kubernetes:yaml/v2:ConfigGroup":
            texts = [Path(name).read_text() for name in inputs.get("files") or []]
            texts += [inputs["yaml"]] if inputs.get("yaml") else []
            return [*(each for text in texts for each in objects(text)), *(inputs.get("objs") or [])]
    raise ApiError(0, f"the stand-in for kubernetes does not make {request.type}; use the official provider")


class _Bundle:
    """The component as the engine knows it, and its children."""

    def __init__(self, monitor: resource_pb2_grpc.ResourceMonitorStub, request: Any, version: str) -> None:
        self._monitor = monitor
        self._request = request
        self._version = version
        made = resource_pb2.RegisterResourceRequest(
            type=request.type, name=request.name, parent=request.parent, custom=False, acceptSecrets=True,
            dependencies=request.dependencies, providers=request.providers, aliases=request.aliases, aliasSpecs=True,
            protect=request.protect, acceptResources=True,
        )  # fmt: skip
        self.urn = monitor.RegisterResource(made).urn

    def register(self, items: Iterable[Object], inputs: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Register the objects, those first that others need; a reference to each."""
        prefix = inputs.get("resourcePrefix")
        made: list[resource_pb2.RegisterResourceResponse] = []
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            for phase in phases(items):
                requests = [self._child(each, prefix or self._request.name, inputs, made) for each in phase]
                made += threads.map(self._monitor.RegisterResource, requests)
        return [{wire.SIGNATURE: _RESOURCE, "urn": each.urn, "id": each.id or wire.UNKNOWN} for each in made]

    def _child(self, item: Object, prefix: str, inputs: Mapping[str, Any], earlier: list[Any]) -> Any:
        annotations = dict(item["metadata"].get("annotations") or {})
        if inputs.get("skipAwait"):
            item["metadata"]["annotations"] = {**annotations, "pulumi.com/skipAwait": "true"}
        group_version = item["apiVersion"] if group_of(item["apiVersion"]) else f"core/{item['apiVersion']}"
        return resource_pb2.RegisterResourceRequest(
            type=f"kubernetes:{group_version}:{item['kind']}",
            name=f"{prefix}:{identity(item)}",
            parent=self.urn,
            custom=True,
            object=wire.struct(item),
            acceptSecrets=True,
            provider=self._request.providers.get("kubernetes", ""),
            version=self._version,
            dependencies=[*self._request.dependencies, *(each.urn for each in earlier)],
            # None of its properties comes from those, so their replacement is not its own.
            propertyDependencies=dict.fromkeys(item, _NO_DEPENDENCIES),
            retainOnDelete=annotations.get(_KEEP) == "keep",
        )


def phases(items: Iterable[Object]) -> Iterator[list[Object]]:
    """Definitions and namespaces; what workloads need; workloads and their Services; what needs them running."""
    listed = list(items)
    defined = {each["spec"]["names"]["kind"] for each in listed if each["kind"] == _DEFINITION}
    for phase in range(4):
        if found := [each for each in listed if _phase(each, defined) == phase]:
            yield found


def _phase(item: Object, defined: set[str]) -> int:
    if item["kind"] in (_DEFINITION, "Namespace"):
        return 0
    if item["kind"] in _LAST or item["kind"] in defined:
        return 3
    return 2 if item["kind"] in _WORKLOADS else 1


def _scoped(items: list[Object]) -> Iterator[tuple[Object, bool | None]]:
    """Each object, and whether it lies in a namespace as far as a definition among them says so."""
    scopes = {
        (each["spec"]["group"], each["spec"]["names"]["kind"]): each["spec"]["scope"] == "Namespaced"
        for each in items
        if each["kind"] == _DEFINITION
    }
    return ((each, scopes.get((group_of(each["apiVersion"]), each["kind"]))) for each in items)


def _in_namespace(scoped: tuple[Object, bool | None], namespace: str, cluster: Cluster | None) -> Object:
    item, namespaced = scoped
    if namespaced is None and cluster is not None:
        try:
            namespaced = cluster.kind(item["apiVersion"], item["kind"]).namespaced
        except ApiError:
            # A kind that neither the cluster nor the chart knows; its creation will say so.
            namespaced = False
    if namespaced and not item["metadata"].get("namespace"):
        item["metadata"]["namespace"] = namespace
    return item
