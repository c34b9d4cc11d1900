"""The supervisor of a stack as a Pulumi resource: it runs every other process and outlives every `pulumi up`.

Produces `pulumi-python:dynamic/slipway/local:Supervisor`. Killed, it comes back by the next `pulumi up --refresh`.
"""

import shutil

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from components.dynamic_provider import DynamicProvider, Values, inputs_of
from components.local.slot_process import remove_shared_memory
from components.local.stack_dir import StackDir
from components.local.supervision import Supervision
from components.local.triton import server_home


class SupervisorProvider(DynamicProvider):
    """Starts and stops the supervisor."""

    replaces_on = frozenset({"stack_dir"})

    def refuse(self, _olds: Values, news: Values) -> None:
        """Refuse a path that leaves no room for unix sockets."""
        StackDir.at(news["stack_dir"]).check()

    def create(self, props: Values) -> CreateResult:
        """Start it."""
        stack_dir = StackDir.at(props["stack_dir"])
        stack_dir.make()
        Supervision(stack_dir).start()
        return CreateResult(stack_dir.name, {**inputs_of(props), "problem": ""})

    def update(self, _id: str, _olds: Values, _news: Values) -> UpdateResult:
        """Start it again."""
        return UpdateResult(self.create(_news).outs)

    def delete(self, _id: str, _props: Values) -> None:
        """Stop it with everything that it still runs, and remove the stack's state but for its reports."""
        stack_dir = StackDir.at(_props["stack_dir"])
        if not stack_dir.path.exists():
            return
        Supervision(stack_dir).shut_down()
        for slot in stack_dir.slots.glob("*"):
            remove_shared_memory(stack_dir, slot.name)
        for entry in stack_dir.path.iterdir():
            if entry != stack_dir.reports:
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        if not any(stack_dir.path.iterdir()):
            stack_dir.path.rmdir()

    def problem(self, values: Values) -> str:
        """Say whether it answers."""
        running = Supervision(StackDir.at(values["stack_dir"])).running()
        return "" if running else "it does not answer"


class Supervisor(Resource, module="slipway/local", name="Supervisor"):
    """The supervisor of one stack."""

    stack_dir: pulumi.Output[str]

    def __init__(self, name: str, stack_dir: str, opts: pulumi.ResourceOptions | None = None) -> None:
        server_home()
        super().__init__(SupervisorProvider(), name, {"stack_dir": stack_dir, "problem": None}, opts)
