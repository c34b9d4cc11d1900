"""The stack on one machine: settings and planned releases as the plain values that the components take."""

from collections.abc import Mapping
from typing import Any

from components.local.stack_platform import PlatformArgs
from infra.releases import AnyRelease, PlannedRelease
from infra.settings import Gateway, Model, Settings

# A closing connection or slot may be as slow as the slowest request, and a little slower.
DRAIN_MARGIN_SECONDS = 5


def platform_args(stack: str, settings: Settings, releases: Mapping[str, Mapping[str, PlannedRelease]]) -> PlatformArgs:
    """Return the arguments of the platform component.

    Args:
        stack: The stack's name; its state lies in `.slipway/<stack>`.
        settings: The stack file.
        releases: The planned releases by model and slot.
    """
    platform = settings.platform
    return PlatformArgs(
        stack_dir=f".slipway/{stack}",
        gateway=gateway_spec(settings.gateway),
        key_versions={name: client.key_version for name, client in sorted(settings.gateway.clients.items())},
        models={
            name: model_spec(name, model, releases[name], settings.gateway)
            for name, model in sorted(settings.models.items())
        },
        first_port=platform.slot_ports.first,
        port_count=platform.slot_ports.count,
        start_timeout_seconds=platform.start_timeout_seconds,
        probe_interval_seconds=platform.probing.interval_seconds,
        probe_failures_to_restart=platform.probing.failures_to_restart,
    )


def gateway_spec(gateway: Gateway) -> dict[str, Any]:
    """Return the gateway as resources and policies see it."""
    return {
        "address": gateway.address,
        "port": gateway.port,
        "clients": {
            name: {"models": list(client.models), "may_pin_slots": client.may_pin_slots}
            for name, client in sorted(gateway.clients.items())
        },
        "max_request_bytes": gateway.max_request_bytes,
        "request_timeout_seconds": gateway.request_timeout_seconds,
        "drain_seconds": drain_seconds(gateway),
        "admin": {"kind": "unix_socket", "path": "run/gateway-admin.sock", "mode": "0600"},
    }


def model_spec(name: str, model: Model, releases: Mapping[str, AnyRelease], gateway: Gateway) -> dict[str, Any]:
    """Return a model as resources and policies see it."""
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
