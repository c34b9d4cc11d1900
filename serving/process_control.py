"""Restarts a process of a stack through the supervisor that runs it."""

import xmlrpc.client
from pathlib import Path
from typing import Any, cast

from supervisor.xmlrpc import Faults, SupervisorTransport


def restart_program(supervisor_socket: Path, program: str) -> None:
    """Stop a process with its group and start it again, without waiting for it to be up.

    Raises:
        OSError: The supervisor does not answer.
        xmlrpc.client.Fault: It refuses, for instance because it knows no such process.
    """
    transport = SupervisorTransport(None, None, f"unix://{supervisor_socket}")
    try:
        supervisor = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=cast("Any", transport)).supervisor
        try:
            supervisor.stopProcess(program)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.NOT_RUNNING:
                raise
        supervisor.startProcess(program, False)  # noqa: FBT003 - XML-RPC has no keywords; False is "do not wait"
    finally:
        transport.close()
