"""The stand-in for Kubernetes where there is no cluster: it says back what it is told. For plans only.

A chart is rendered by nobody: one object stands for its content.
"""
# ruff: noqa: N802 - the methods carry the names of the engine's protocol

from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, resource_pb2, resource_pb2_grpc

from tests.support.stand_in import wire
from tests.support.stand_in.plugin import Context, Plugin

VERSION = "4.34.2"
_REFERENCE = "5cf8f73096256a8f31e491e813e4eb8e"
_CONTENT = "kubernetes:core/v1:ConfigMap"


class KubernetesEcho(Plugin):
    """Answers the engine in place of pulumi-kubernetes, without a cluster."""

    def __init__(self) -> None:
        super().__init__(version=f"{VERSION}+echo")

    def DiffConfig(self, request: Any, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002
        """Nothing of the configuration is compared."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Context) -> provider_pb2.ConfigureResponse:  # noqa: ARG002
        """Need nothing."""
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Context) -> provider_pb2.CheckResponse:  # noqa: ARG002
        """Accept everything: only a cluster knows what it would refuse."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002
        """Compare all inputs."""
        same = wire.properties(request.old_inputs) == wire.properties(request.news)
        kinds = provider_pb2.DiffResponse
        return provider_pb2.DiffResponse(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

    def Create(self, request: Any, context: Context) -> provider_pb2.CreateResponse:  # noqa: ARG002
        """Say it back; what a cluster adds is unknown."""
        given = wire.properties(request.properties)
        name = (given.get("metadata") or {}).get("name") or request.urn.rpartition("::")[2]
        outputs = {**given, "status": wire.UNKNOWN} if request.preview else given
        return provider_pb2.CreateResponse(id=str(name), properties=wire.struct(outputs))

    def Update(self, request: Any, context: Context) -> provider_pb2.UpdateResponse:  # noqa: ARG002
        """Say it back."""
        return provider_pb2.UpdateResponse(properties=request.news)

    def Read(self, request: Any, context: Context) -> provider_pb2.ReadResponse:  # noqa: ARG002
        """Find it unchanged."""
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: Any, context: Context) -> empty_pb2.Empty:  # noqa: ARG002
        """Nothing was made."""
        return empty_pb2.Empty()

    def Construct(self, request: Any, context: Context) -> provider_pb2.ConstructResponse:  # noqa: ARG002
        """Register a chart, and one object in the place of those that are in it."""
        with grpc.insecure_channel(request.monitorEndpoint) as channel:
            monitor = resource_pb2_grpc.ResourceMonitorStub(channel)
            chart = monitor.RegisterResource(_chart(request))
            content = monitor.RegisterResource(_content(request, chart.urn))
            made = {wire.SIGNATURE: _REFERENCE, "urn": content.urn, "id": content.id or wire.UNKNOWN}
            state = wire.struct({"resources": [made]})
            monitor.RegisterResourceOutputs(resource_pb2.RegisterResourceOutputsRequest(urn=chart.urn, outputs=state))
            return provider_pb2.ConstructResponse(urn=chart.urn, state=state)


def _chart(request: Any) -> resource_pb2.RegisterResourceRequest:
    return resource_pb2.RegisterResourceRequest(
        type=request.type, name=request.name, parent=request.parent, custom=False, acceptSecrets=True,
        object=request.inputs, dependencies=request.dependencies, providers=request.providers, acceptResources=True,
    )  # fmt: skip


def _content(request: Any, parent: str) -> resource_pb2.RegisterResourceRequest:
    metadata = {"name": f"{request.name}-content", "namespace": "kube-system"}
    document = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}
    return resource_pb2.RegisterResourceRequest(
        type=_CONTENT, name=f"{request.name}:content", parent=parent, custom=True, object=wire.struct(document),
        dependencies=request.dependencies, provider=request.providers.get("kubernetes", ""), version=VERSION,
    )  # fmt: skip
