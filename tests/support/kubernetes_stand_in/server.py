"""Starts the stand-in in this process, unless the official provider is there."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from tests.support.kubernetes_stand_in.official import official_provider
from tests.support.kubernetes_stand_in.provider import KubernetesStandIn

_LOOPBACK = "127.0.0.1"
_WORKERS = 128
"""Every object that is waited for holds one, and a Construct one more."""
_MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit; a large chart's definitions exceed gRPC's 4 MiB."""


@contextmanager
def serving(*, force: bool = False) -> Iterator[dict[str, str]]:
    """Variables that make an engine find a Kubernetes provider: none where the official one is, else the stand-in.

    Args:
        force: Use the stand-in even where the official provider is.
    """
    if official_provider(os.environ) and not force:
        yield {}
        return
    options = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
    server = grpc.server(ThreadPoolExecutor(max_workers=_WORKERS), options=options)
    provider = KubernetesStandIn()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port(f"{_LOOPBACK}:0")
    server.start()
    try:
        yield {"PULUMI_DEBUG_PROVIDERS": f"kubernetes:{port}"}
    finally:
        provider.stop()
        server.stop(grace=None).wait()
