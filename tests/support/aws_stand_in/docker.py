"""The stand-in for pulumi-docker: an image is built by nobody; its digest is that of its inputs. For tests and plans only."""
# ruff: noqa: N802 - the methods carry the names of the engine's protocol

import hashlib
import json
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from tests.support.stand_in import wire
from tests.support.stand_in.plugin import Context, Plugin

_IMAGE = "docker:index/image:Image"
_NOT_COMPARED = frozenset({"registry", "__defaults"})


class DockerStandIn(Plugin):
    """Answers the engine in place of pulumi-docker; knows `docker.Image` only."""

    def __init__(self) -> None:
        super().__init__(version="5.2.0")

    def DiffConfig(self, request: Any, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002
        """Nothing of the configuration is compared."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Context) -> provider_pb2.ConfigureResponse:  # noqa: ARG002
        """Need nothing."""
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Context) -> provider_pb2.CheckResponse:
        """Refuse everything but an image."""
        if not request.urn.split("::")[2].endswith(_IMAGE):
            context.abort(grpc.StatusCode.UNKNOWN, f"the stand-in for docker knows only {_IMAGE}")
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002
        """Compare all but the login, whose token is new every time."""
        same = _compared(wire.properties(request.old_inputs)) == _compared(wire.properties(request.news))
        kinds = provider_pb2.DiffResponse
        return provider_pb2.DiffResponse(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

    def Create(self, request: Any, context: Context) -> provider_pb2.CreateResponse:  # noqa: ARG002
        """Give the image a digest, unknown in a preview."""
        outputs = _built(wire.properties(request.properties), preview=request.preview)
        return provider_pb2.CreateResponse(id=str(outputs["imageName"]), properties=wire.struct(outputs))

    def Update(self, request: Any, context: Context) -> provider_pb2.UpdateResponse:  # noqa: ARG002
        """Build again."""
        return provider_pb2.UpdateResponse(
            properties=wire.struct(_built(wire.properties(request.news), preview=request.preview))
        )

    def Read(self, request: Any, context: Context) -> provider_pb2.ReadResponse:  # noqa: ARG002
        """Find it unchanged."""
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Delete(self, request: Any, context: Context) -> empty_pb2.Empty:  # noqa: ARG002
        """Leave the image in its registry, as pulumi-docker does."""
        return empty_pb2.Empty()


def _compared(inputs: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in inputs.items() if name not in _NOT_COMPARED}


def _built(inputs: dict[str, Any], *, preview: bool) -> dict[str, Any]:
    digest = hashlib.sha256(json.dumps(_compared(inputs), sort_keys=True).encode()).hexdigest()
    image = str(inputs["imageName"])
    repository = image.rsplit(":", 1)[0]
    registry = inputs.get("registry") or {}
    outputs = {
        "imageName": image,
        "baseImageName": image,
        "repoDigest": f"{repository}@sha256:{digest}",
        "registryServer": registry.get("server", "") if isinstance(registry, dict) else registry,
    }
    return {**outputs, **({"repoDigest": wire.UNKNOWN} if preview else {})}
