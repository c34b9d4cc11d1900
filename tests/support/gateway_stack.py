"""A real gateway before a real model server, with the health answers of the real prober's socket."""

import json
import socket
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from tritonclient.grpc import service_pb2

from components.local.gateway_config import GatewayFiles
from components.local.gateway_spec import Client, GatewaySpec, ModelRoute, SlotEndpoint
from components.local.stack_dir import StackDir
from components.local.supervision import write_private
from serving.health_server import HealthServer
from tests.support.callers import Reply, ask
from tests.support.envoy_process import EnvoyProcess, start_envoy
from tests.support.triton_process import TritonProcess, start_triton
from tests.support.waiting import free_port, until

MODEL = "sum"
INFER = f"/v2/models/{MODEL}/infer"
KEYS = {"demo": "key-of-demo", "operator": "key-of-operator", "guest": "key-of-guest"}
MAX_REQUEST_BYTES = 4 * 1024 * 1024
TIMEOUT_SECONDS = 20
LOG_SECONDS = 5
DIGESTS = {"blue": "b" * 64, "green": "9" * 64}


@dataclass(frozen=True)
class GatewayStack:
    """A gateway, and one model server that serves as both slots of a model."""

    envoy: EnvoyProcess
    triton: TritonProcess
    health: HealthServer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.envoy.spec.port}"

    def infer(self, body: bytes | str, key: str = "demo", path: str = INFER, **headers: str) -> Reply:
        """Send an inference request, JSON unless a header says otherwise."""
        content = body.encode() if isinstance(body, str) else body
        sent = {"content_type": "application/json", "x_api_key": KEYS[key], **headers}
        return ask(self.url, path, content, **sent)

    def question(self, path: str, key: str | None = "demo", **headers: str) -> Reply:
        """Ask by GET, with a client's key or with none."""
        sent = {"x_api_key": KEYS[key], **headers} if key else headers
        return ask(self.url, path, None, "GET", **sent)

    def log_entry(self, reply: Reply) -> dict[str, Any]:
        """Return what the access log says of an answered request; Envoy writes it a second later."""
        wanted = reply.headers["x-request-id"]

        def found() -> list[dict[str, Any]]:
            return [entry for entry in self.envoy.log_entries() if entry["request_id"] == wanted]

        until(found, LOG_SECONDS, "the log entry")
        return found()[0]

    def raw(self, *parts: bytes) -> bytes:
        """Send bytes over a connection of its own; return what comes back first."""
        with socket.create_connection(("127.0.0.1", self.envoy.spec.port), timeout=TIMEOUT_SECONDS) as connection:
            try:
                for part in parts:
                    connection.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                pass  # A refusal may come, and the connection close, before all is sent.
            return connection.recv(65536)

    def call(self, message: bytes, method: str = "ModelInfer", key: str = "demo", **metadata: str) -> tuple[str, Any]:
        """Call by gRPC with a serialized message; return the status's name and the answer, or its text."""
        others = ((name.replace("_", "-"), value) for name, value in metadata.items())
        sent = (("x-api-key", KEYS[key]), *others)
        with grpc.insecure_channel(f"127.0.0.1:{self.envoy.spec.port}") as channel:
            function = channel.unary_unary(f"/inference.GRPCInferenceService/{method}", None, None)
            try:
                return "OK", function(message, metadata=sent, timeout=TIMEOUT_SECONDS)
            except grpc.RpcError as error:
                return error.code().name, error.details()

    @contextmanager
    def routed(self, models: Sequence[ModelRoute] | None = None, **changes: Any) -> Iterator[None]:
        """Let the gateway work by other models, or by other settings, until the block ends."""
        usual = routes_to(self.triton)
        spec = specification(self.envoy.spec.port, **changes)
        self.envoy.write_models(usual if models is None else models, spec)
        try:
            yield
        finally:
            self.envoy.write_models(usual)


def endpoint(triton: TritonProcess, slot: str) -> SlotEndpoint:
    """Return a slot that a model server serves."""
    return SlotEndpoint(
        model=MODEL,
        slot=slot,
        http_port=triton.http_port,
        grpc_port=triton.grpc_port,
        release_digest=DIGESTS[slot],
    )


def routes_to(triton: TritonProcess, **changes: Any) -> list[ModelRoute]:
    """Return the model's route to a model server, all weight on blue unless told otherwise."""
    slots = tuple(endpoint(triton, slot) for slot in DIGESTS)
    return [ModelRoute(**{"model": MODEL, "slots": slots, "weights": {"blue": 100, "green": 0}, **changes})]


def specification(port: int, **changes: Any) -> GatewaySpec:
    """Return a gateway with a plain client, one that may pin slots, and one that may call nothing."""
    clients = (
        Client(name="demo", models=(MODEL,)),
        Client(name="operator", models=(MODEL,), may_pin_slots=True),
        Client(name="guest", models=()),
    )
    values: dict[str, Any] = {
        "address": "127.0.0.1",
        "port": port,
        "clients": clients,
        "max_request_bytes": MAX_REQUEST_BYTES,
        "request_timeout_seconds": TIMEOUT_SECONDS,
        "drain_seconds": 1,
    }
    return GatewaySpec(**{**values, **changes})


@contextmanager
def running_gateway(directory: Path) -> Iterator[GatewayStack]:
    """Run a gateway and a model server until the block ends."""
    stack_dir = StackDir.at(directory / "stack")
    stack_dir.make()
    write_private(stack_dir.weights / f"{MODEL}.json", json.dumps({"weights": {"blue": 100, "green": 0}}))
    health = HealthServer(stack_dir.prober_socket, stack_dir.weights)
    health.start()
    publish_health(health, healthy=True)
    triton = start_triton(directory, MODEL)
    try:
        envoy = start_envoy(GatewayFiles(stack_dir), specification(free_port()), routes_to(triton), KEYS)
        try:
            yield GatewayStack(envoy, triton, health)
        finally:
            envoy.stop()
    finally:
        triton.stop()


def publish_health(health: HealthServer, *, healthy: bool) -> None:
    """Let the prober's socket say that both slots answer, or that neither does."""
    health.publish({MODEL: {slot: {"healthy": healthy} for slot in DIGESTS}})


def tensor(**changes: Any) -> dict[str, Any]:
    """Return a valid input of one row; a change to None leaves a member out."""
    members = {"name": "floats", "shape": [1, 2], "datatype": "FP32", "data": [1, 2], **changes}
    return {name: value for name, value in members.items() if value is not None}


def request(*tensors: dict[str, Any], **members: Any) -> str:
    """Return an inference request as JSON."""
    return json.dumps({"inputs": list(tensors or [tensor()]), **members})


def message(values: Sequence[float] = (1, 2), *, model: str = MODEL, shape: Sequence[int] = (1, 2)) -> bytes:
    """Return an inference request as a gRPC message with raw contents."""
    built = service_pb2.ModelInferRequest(model_name=model)
    built.inputs.add(name="floats", datatype="FP32", shape=shape)
    built.raw_input_contents.append(struct.pack(f"<{len(values)}f", *values))
    return bytes(built.SerializeToString())
