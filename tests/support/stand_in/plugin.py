"""What every stand-in answers the engine in the same way."""
# ruff: noqa: N802 - the methods carry the names of the engine's protocol

from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

Context = grpc.ServicerContext


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """The greetings of a provider that keeps no secrets and needs no configuration.

    Args:
        version: Version of the SDK that it stands in for.
    """

    def __init__(self, version: str) -> None:
        self._version = version

    def Attach(self, request: plugin_pb2.PluginAttach, context: Context) -> empty_pb2.Empty:  # noqa: ARG002
        """Be used by an engine that did not start it."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Context) -> plugin_pb2.PluginInfo:  # noqa: ARG002
        """Say which SDK this stands in for."""
        return plugin_pb2.PluginInfo(version=self._version)

    def Handshake(self, request: Any, context: Context) -> provider_pb2.ProviderHandshakeResponse:  # noqa: ARG002
        """Take plain values; the engine keeps the secrets."""
        return provider_pb2.ProviderHandshakeResponse()

    def CheckConfig(self, request: Any, context: Context) -> provider_pb2.CheckResponse:  # noqa: ARG002
        """Accept the provider's configuration as it is."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def Cancel(self, request: empty_pb2.Empty, context: Context) -> empty_pb2.Empty:  # noqa: ARG002
        """Nothing to cancel: every call is short."""
        return empty_pb2.Empty()
