"""Which slot listens on which loopback ports: kept in one file a stack, so that a slot finds its ports again."""

import errno
import fcntl
import json
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass

import psutil

from components.local.stack_dir import StackDir
from components.local.supervision import write_private
from serving.errors import ConfigurationError

LOOPBACK = "127.0.0.1"
PORTS_PER_SLOT = 3


@dataclass(frozen=True)
class SlotPorts:
    """The three loopback ports of one model server."""

    http: int
    grpc: int
    metrics: int


def free(port: int, address: str = LOOPBACK) -> bool:
    """Return whether a port can be listened on now."""
    return _obstacle(port, address) is None


def holder(port: int) -> str:
    """Return which process listens on a port, as well as this user may see it."""
    for connection in psutil.net_connections("tcp"):
        listens = connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port
        if listens and connection.pid:
            return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
    return "a process of another user"


def require_free(port: int, address: str, setting: str) -> None:
    """Check that a port can be listened on.

    Raises:
        ConfigurationError: It is taken (the process that holds it is named), or not this machine's or user's to use.
    """
    obstacle = _obstacle(port, address)
    if obstacle is None:
        return
    if obstacle.errno == errno.EADDRINUSE:
        raise ConfigurationError(
            f"{setting} is {port}, but {address}:{port} is taken by {holder(port)}; "
            f"end that process or set another port in the stack file."
        )
    raise ConfigurationError(
        f"{setting} is {port}, but {address}:{port} cannot be listened on ({obstacle.strerror}); "
        "set another address or port in the stack file."
    )


def slot_ports(
    stack_dir: StackDir, slot: str, first: int, count: int, is_free: Callable[[int], bool] = free
) -> SlotPorts:
    """Return the ports of a slot: those it had before, else the first three of the range that nothing holds.

    Raises:
        ConfigurationError: The range has no three free ports in a row of three.
    """
    with (stack_dir.run / "ports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = _read(stack_dir)
        if slot in known and all(is_free(port) for port in asdict(known[slot]).values()):
            return known[slot]
        taken = {port for name, ports in known.items() if name != slot for port in asdict(ports).values()}
        for start in range(first, first + count - PORTS_PER_SLOT + 1, PORTS_PER_SLOT):
            ports = SlotPorts(start, start + 1, start + 2)
            if all(port not in taken and is_free(port) for port in asdict(ports).values()):
                _write(stack_dir, known | {slot: ports})
                return ports
    raise ConfigurationError(
        f"platform.slot_ports has no three free ports between {first} and {first + count - 1} for {slot}; "
        "give it another range in the stack file."
    )


def release_ports(stack_dir: StackDir, slot: str) -> None:
    """Forget the ports of a slot that is gone."""
    with (stack_dir.run / "ports.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _write(stack_dir, {name: ports for name, ports in _read(stack_dir).items() if name != slot})


def _obstacle(port: int, address: str) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            return error
        return None


def _read(stack_dir: StackDir) -> dict[str, SlotPorts]:
    path = stack_dir.run / "ports.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    return {slot: SlotPorts(**ports) for slot, ports in known.items()}


def _write(stack_dir: StackDir, ports: dict[str, SlotPorts]) -> None:
    write_private(stack_dir.run / "ports.json", json.dumps({slot: asdict(each) for slot, each in ports.items()}))
