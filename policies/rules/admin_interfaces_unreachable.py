"""Nothing but the gateway's own port can be reached from outside the machine.

In a cluster a pod's ports are open to whom its NetworkPolicy names; `network_denied_by_default` looks there.
"""

from mechanics.addresses import is_loopback
from mechanics.command_line import Flags, flags, values
from mechanics.facts import Config, Resource, Violation, shown
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import GATEWAY_PROCESS, LOCAL_GATEWAY, LOCAL_SLOT

EVERYWHERE = "0.0.0.0"  # noqa: S104 - the model server's default, refused here
DECLARED = ("http_address", "grpc_address", "metrics_address")
SOCKET_MODE = "0600"


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return admin interfaces and model servers that others than their owner could open."""
    if resource.is_a(LOCAL_SLOT):
        return _declared_problems(resource) + [
            resource.violation("command", f'the model server has {flag} "{address}"', f"use {flag}=127.0.0.1")
            for flag, address in _listening(flags(resource.items("command")))
            if not is_loopback(address)
        ]
    kind, mode, path = (resource.get(f"spec.admin.{key}") for key in ("kind", "mode", "path"))
    found = []
    if kind != "unix_socket" or not path:
        problem = f"the gateway's admin interface is {shown(kind)} at {shown(path)}, not a unix socket"
        found.append(resource.violation("spec.admin.kind", problem, "make it a unix_socket with a path"))
    if mode != SOCKET_MODE:
        problem = f"the mode of the admin socket is {shown(mode)}, so others than its owner could use it"
        found.append(resource.violation("spec.admin.mode", problem, f'set the mode to "{SOCKET_MODE}"'))
    return found


def _declared_problems(resource: Resource) -> list[Violation]:
    return [
        resource.violation(path, f"the model server's address is {shown(address)}", "listen on 127.0.0.1")
        for path in DECLARED
        if (address := resource.get(path)) is not None and not (isinstance(address, str) and is_loopback(address))
    ]


def _listening(given: Flags) -> list[tuple[str, str]]:
    # Without a flag HTTP and gRPC listen everywhere; metrics listen where HTTP does.
    return [
        *(("--http-address", address) for address in values(given, "--http-address") or [EVERYWHERE]),
        *(("--grpc-address", address) for address in values(given, "--grpc-address") or [EVERYWHERE]),
        *(("--metrics-address", address) for address in values(given, "--metrics-address")),
    ]


RULE = ResourceRule(
    id="admin-interfaces-not-reachable",
    claim="Admin interfaces and model servers cannot be reached from outside.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*LOCAL_GATEWAY, *GATEWAY_PROCESS, *LOCAL_SLOT),
    reads=("spec.admin", "command", *DECLARED),
    unknown=WhenUnknown.CLOSED,
    standards=("Triton secure deployment: private endpoints",),
    check=check,
)
