"""A provider for every type of a package that reaches nothing: what is asked for is what is there. For measurements."""
# ruff: noqa: N802 - the methods carry the names of the engine's protocol

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from tests.support.stand_in.plugin import Context, Plugin

_WORKERS = 16
_MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit."""


class Nowhere(Plugin):
    """Answers the engine in place of a provider, and counts how often it is asked what.

    Args:
        version: Version of the SDK that it stands in for.
    """

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.asked: Counter[str] = Counter()

    def DiffConfig(self, request: Any, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002
        """Nothing of the configuration is compared."""
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    def Configure(self, request: Any, context: Context) -> provider_pb2.ConfigureResponse:  # noqa: ARG002
        """Need nothing."""
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Context) -> provider_pb2.CheckResponse:  # noqa: ARG002
        """Accept everything."""
        self.asked["check"] += 1
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: Any, context: Context) -> provider_pb2.DiffResponse:  # noqa: ARG002
        """Compare the inputs whole."""
        self.asked["diff"] += 1
        same = request.old_inputs == request.news
        kinds = provider_pb2.DiffResponse
        return provider_pb2.DiffResponse(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

    def Create(self, request: Any, context: Context) -> provider_pb2.CreateResponse:  # noqa: ARG002
        """Call it made."""
        self.asked["create"] += 1
        return provider_pb2.CreateResponse(id=request.urn.rpartition("::")[2], properties=request.properties)

    def Delete(self, request: Any, context: Context) -> empty_pb2.Empty:  # noqa: ARG002
        """Forget it."""
        return empty_pb2.Empty()


@contextmanager
def nowhere(package: str, version: str) -> Iterator[tuple[Nowhere, dict[str, str]]]:
    """Serve one package from nowhere; give the provider and the variables that make an engine find it."""
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
    server = grpc.server(ThreadPoolExecutor(max_workers=_WORKERS), options=options)
    provider = Nowhere(version)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield provider, {"PULUMI_DEBUG_PROVIDERS": f"{package}:{port}"}
    finally:
        server.stop(grace=None).wait()
