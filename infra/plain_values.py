"""What resources and policies see of a stack's gateway and models, the same wherever the stack stands."""

from collections.abc import Mapping
from typing import Any

from infra.releases import AnyRelease
from infra.settings import Gateway, Model

# A closing connection or slot may be as slow as the slowest request, and a little slower.
DRAIN_MARGIN_SECONDS = 5


def gateway_values(gateway: Gateway) -> dict[str, Any]:
    """Return who may call which models, and the limits of a request."""
    return {
        "clients": {
            name: {"models": list(client.models), "may_pin_slots": client.may_pin_slots}
            for name, client in sorted(gateway.clients.items())
        },
        "max_request_bytes": gateway.max_request_bytes,
        "request_timeout_seconds": gateway.request_timeout_seconds,
        "drain_seconds": drain_seconds(gateway),
    }


def key_versions(gateway: Gateway) -> dict[str, int]:
    """Return client → version of its key."""
    return {name: client.key_version for name, client in sorted(gateway.clients.items())}


def model_values(name: str, model: Model, releases: Mapping[str, AnyRelease], gateway: Gateway) -> dict[str, Any]:
    """Return a model: its releases by slot, what is live, limits and plan."""
    return {
        "model": name,
        "slots": {slot: {"release": release.spec()} for slot, release in releases.items()},
        "live": model.live,
        "runtime": model.runtime.model_dump(mode="json"),
        "gate": model.gate.model_dump(mode="json"),
        "shift": model.shift.model_dump(mode="json"),
        "grace_seconds": drain_seconds(gateway),
    }


def drain_seconds(gateway: Gateway) -> float:
    """Return how long a drain may take: the longest request and a margin."""
    return gateway.request_timeout_seconds + DRAIN_MARGIN_SECONDS
