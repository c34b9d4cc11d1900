"""The prober of a stack: asks every slot for golden answers and restarts one that keeps failing.

Produces `pulumi-python:dynamic/slipway/local:Prober`; the program is `serving/prober.py`.
"""

import sys
from pathlib import Path

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from components.dynamic_provider import DynamicProvider, Values, inputs_of
from components.local.stack_dir import StackDir
from components.local.supervision import Supervision, wait_until
from components.local.supervisor import Supervisor
from components.local.supervisor_config import Program

PROGRAM = "prober"
START_SECONDS = 20
# Where `serving` is imported from; the process runs in the stack's directory.
SOURCE_ROOT = Path(__file__).resolve().parents[2]


class ProberProvider(DynamicProvider):
    """Starts and stops the prober."""

    replaces_on = frozenset({"stack_dir"})

    def create(self, props: Values) -> CreateResult:
        """Start it."""
        stack_dir = StackDir.at(props["stack_dir"])
        command = [
            *(sys.executable, "-m", "serving.prober", "--stack-dir", str(stack_dir.path)),
            *("--interval-seconds", f"{props['interval_seconds']:g}"),
            *("--failures-to-restart", f"{props['failures_to_restart']:g}"),
        ]
        program = Program(name=PROGRAM, command=command, environment={"PYTHONPATH": str(SOURCE_ROOT)})
        Supervision(stack_dir).ensure(program)
        if not wait_until(stack_dir.prober_socket.exists, START_SECONDS):
            raise RuntimeError(f"The prober did not start; its log says why: {stack_dir.logs / 'prober.log'}")
        return CreateResult(PROGRAM, {**inputs_of(props), "problem": ""})

    def update(self, _id: str, _olds: Values, _news: Values) -> UpdateResult:
        """Start it again with other values."""
        return UpdateResult(self.create(_news).outs)

    def delete(self, _id: str, _props: Values) -> None:
        """Stop it."""
        supervision = Supervision(StackDir.at(_props["stack_dir"]))
        if supervision.running():
            supervision.remove(PROGRAM)

    def problem(self, values: Values) -> str:
        """Say whether its process runs."""
        supervision = Supervision(StackDir.at(values["stack_dir"]))
        if not supervision.running():
            return "there is no supervisor"
        state = supervision.state(PROGRAM)
        return "" if state.state == "RUNNING" else f"its process is {state.state}: {state.description}"


class Prober(Resource, module="slipway/local", name="Prober"):
    """The prober of one stack."""

    def __init__(
        self,
        name: str,
        *,
        supervisor: Supervisor,
        stack_dir: str,
        interval_seconds: float,
        failures_to_restart: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = {
            "stack_dir": stack_dir,
            "interval_seconds": interval_seconds,
            "failures_to_restart": failures_to_restart,
            "problem": None,
        }
        # The supervisor starts the process; nothing of it is an input.
        after = pulumi.ResourceOptions(depends_on=[supervisor])
        super().__init__(ProberProvider(), name, props, pulumi.ResourceOptions.merge(opts, after))
