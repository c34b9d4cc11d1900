"""Nothing but the gateway's own port can be reached from outside the machine."""

from mechanics.addresses import is_loopback
from mechanics.facts import Config, Resource, Violation, shown
from mechanics.rule import Level, PerKind, ResourceRule, Severity, WhenUnknown
from mechanics.tokens import GATEWAY, GATEWAY_PROCESS, MODEL_SLOT

SLOT_ADDRESSES = ("http_address", "grpc_address", "metrics_address")
SOCKET_MODE = "0600"


def check(resource: Resource, _config: Config) -> list[Violation]:
    """Return admin interfaces and model servers that others than their owner could open."""
    if resource.is_a(MODEL_SLOT):
        return [
            resource.violation(
                path, f"the model server's address is {shown(resource.get(path))}", "listen on 127.0.0.1"
            )
            for path in SLOT_ADDRESSES
            if not is_loopback(resource.text(path))
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


RULE = ResourceRule(
    id="admin-interfaces-not-reachable",
    claim="Admin interfaces and model servers cannot be reached from outside.",
    severity=Severity.CRITICAL,
    levels=PerKind(local=Level.MANDATORY, dev=Level.MANDATORY, prod=Level.MANDATORY),
    types=(*GATEWAY, *GATEWAY_PROCESS, *MODEL_SLOT),
    reads=("spec.admin", *SLOT_ADDRESSES),
    unknown=WhenUnknown.CLOSED,
    standards=("Triton secure deployment: private endpoints",),
    check=check,
)
