"""The stack on one machine: settings and planned releases as the plain values that the components take."""

from collections.abc import Mapping
from typing import Any

from components.local.stack_platform import PlatformArgs
from infra.plain_values import gateway_values, key_versions, model_values
from infra.releases import PlannedRelease
from infra.settings import Gateway, Settings


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
        key_versions=key_versions(settings.gateway),
        models={
            name: model_values(name, model, releases[name], settings.gateway)
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
        **gateway_values(gateway),
        "admin": {"kind": "unix_socket", "path": "run/gateway-admin.sock", "mode": "0600"},
    }
