"""Restarts a process of a stack through the supervisor that runs it."""

import xmlrpc.client
from pathlib import Path
from typing import Any, cast

from supervisor.xmlrpc import Faults, SupervisorTransport


def restart_program(supervisor_socket: Path, program: str) -> None:
    """Kill a process, which the supervisor starts again; start one that the supervisor has given up.

    A process that answers nothing has nothing to finish first, and would take its whole exit timeout for that.

    Raises:
        OSError: The supervisor does not answer.
        xmlrpc.client.Fault: It refuses, for instance because it knows no such process.
    """
    transport = SupervisorTransport(None, None, f"unix://{supervisor_socket}")
    try:
        supervisor = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=cast("Any", transport)).supervisor
        try:
            supervisor.signalProcess(program, "KILL")
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.NOT_RUNNING:
                raise
            _start(supervisor, program)
    finally:
        transport.close()


def _start(supervisor: Any, program: str) -> None:  # noqa: ANN401 - an XML-RPC proxy
    try:
        supervisor.startProcess(program, False)  # noqa: FBT003 - XML-RPC has no keywords; False is "do not wait"
    except xmlrpc.client.Fault as fault:
        # It waits for the supervisor's own next try.
        if fault.faultCode != Faults.ALREADY_STARTED:
            raise
