"""A gateway of one model with two slots, as plain values."""

from typing import Any

from components.local.gateway_spec import Client, GatewaySpec, ModelRoute, SlotEndpoint


def slot(name: str = "blue", model: str = "digits") -> SlotEndpoint:
    return SlotEndpoint(model=model, slot=name, http_port=1, grpc_port=2, release_digest="0123456789abcdef" * 4)


def route(**changes: Any) -> ModelRoute:
    values = {"model": "digits", "slots": (slot("blue"), slot("green")), "weights": {"blue": 90, "green": 10}}
    return ModelRoute(**{**values, **changes})


def spec(*clients: Client) -> GatewaySpec:
    return GatewaySpec(
        address="127.0.0.1",
        port=8080,
        clients=clients or (Client(name="demo", models=("digits",)),),
        max_request_bytes=1024,
        request_timeout_seconds=10,
        drain_seconds=5,
    )
