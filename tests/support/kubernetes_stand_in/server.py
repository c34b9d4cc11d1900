"""Starts the stand-in in this process, unless the official provider is there."""

import os
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from tests.support.kubernetes_stand_in.provider import KubernetesStandIn

_LOOPBACK = "127.0.0.1"
_PLUGIN = "pulumi-resource-kubernetes"
_WORKERS = 128
"""Every object that is waited for holds one, and a Construct one more."""
_MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit; a large chart's definitions exceed gRPC's 4 MiB."""


def official_provider(environment: Mapping[str, str]) -> str | None:
    """Where the official plugin is: on PATH or among the engine's plugins; None when it is not there.

    Args:
        environment: Variables that the engine will see.
    """
    found = shutil.which(_PLUGIN, path=environment.get("PATH"))
    homes = [environment.get("PULUMI_HOME"), str(Path(environment.get("HOME", "~")).expanduser() / ".pulumi")]
    installed = (
        path for home in homes if home for path in Path(home).glob(f"plugins/resource-kubernetes-v*/{_PLUGIN}")
    )
    return found or next((str(path) for path in sorted(installed, reverse=True)), None)


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
