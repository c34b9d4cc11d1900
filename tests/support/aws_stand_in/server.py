"""Starts the emulator and the stand-in beside each other, in this process."""

import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.request import Request, urlopen

import grpc
from moto.server import ThreadedMotoServer
from pulumi.runtime.proto import provider_pb2_grpc

from tests.support.aws_stand_in.aws import Aws
from tests.support.aws_stand_in.docker import DockerStandIn
from tests.support.aws_stand_in.kubernetes import KubernetesEcho
from tests.support.aws_stand_in.provider import AwsStandIn

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class StandIn:
    """A running stand-in.

    Args:
        aws: Clients of the emulator, to look at what is there.
        provider: What answers the engine.
        environment: Variables that attach an engine to it.
    """

    aws: Aws
    provider: AwsStandIn
    environment: dict[str, str]


@contextmanager
def running() -> Iterator[StandIn]:
    """Emulator and stand-ins of AWS, docker and Kubernetes on free loopback ports, with an empty account."""
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address=_LOOPBACK, port=0, verbose=False)
    moto.start()
    host, port = moto.get_host_and_port()
    aws = Aws(f"http://{host}:{port}")
    # moto's memory belongs to the process, not to the server: an earlier account would still be there.
    urlopen(Request(f"{aws.url}/moto-api/reset", method="POST")).close()  # noqa: S310 - our own loopback server
    provider = AwsStandIn(aws)
    # One worker: moto's memory is not made for calls at the same time.
    server = grpc.server(ThreadPoolExecutor(max_workers=1))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    docker = grpc.server(ThreadPoolExecutor(max_workers=1))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(DockerStandIn(), docker)
    # A chart is registered by a call that waits for calls.
    kubernetes = grpc.server(ThreadPoolExecutor(max_workers=16))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(KubernetesEcho(), kubernetes)
    servers = {"aws": server, "docker": docker, "kubernetes": kubernetes}
    ports = {name: each.add_insecure_port(f"{_LOOPBACK}:0") for name, each in servers.items()}
    for each in servers.values():
        each.start()
    attach = ",".join(f"{name}:{number}" for name, number in ports.items())
    try:
        yield StandIn(aws, provider, {"PULUMI_DEBUG_PROVIDERS": attach})
    finally:
        for each in servers.values():
            each.stop(grace=None).wait()
        moto.stop()
