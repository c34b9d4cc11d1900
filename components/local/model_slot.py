"""One slot of a model as a Pulumi resource: a Triton that runs one release, ready when it answers a golden row rightly.

Produces `pulumi-python:dynamic/slipway/local:ModelSlot`.
"""

from pathlib import Path
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from components.dynamic_provider import DynamicProvider, Values, inputs_of
from components.local import slot_process
from components.local.fragments import Weights
from components.local.gateway import wait_until_drained
from components.local.slot_process import SlotSpec
from components.local.stack_dir import StackDir
from components.local.supervision import Supervision
from serving.errors import ConfigurationError
from serving.release import load, locate, verify
from serving.repository import Runtime


class ModelSlotProvider(DynamicProvider):
    """Starts, replaces and drains the model server of one slot."""

    replaces_on = frozenset({"stack_dir", "model", "slot"})

    def refuse(self, olds: Values, news: Values) -> None:
        """Refuse a release that is not what was planned, and a new release in the slot that takes the traffic."""
        planned = news["release"]
        found = load(locate(planned["uri"], Path.cwd()))
        if found.digest != planned["sha256"]:
            raise ConfigurationError(
                f"{planned['uri']} has the digest {found.digest}, but {planned['sha256']} was planned; "
                "it changed meanwhile, run the command again."
            )
        if olds and olds["release"]["sha256"] == planned["sha256"]:
            return
        verify(found)
        if olds:
            self._refuse_live_change(news)

    def create(self, props: Values) -> CreateResult:
        """Start the slot."""
        return CreateResult(f"{props['model']}/{props['slot']}", self._replaced(props))

    def update(self, _id: str, _olds: Values, _news: Values) -> UpdateResult:
        """Let the slot run what it is to run now; it goes on with what it ran if that does not start."""
        return UpdateResult(self._replaced(_news))

    def delete(self, _id: str, _props: Values) -> None:
        """Wait for the requests under way, then end the slot."""
        stack_dir = StackDir.at(_props["stack_dir"])
        if Supervision(stack_dir).running():
            wait_until_drained(stack_dir, _props["model"], _props["slot"], _props["drain_seconds"])
            slot_process.stop(stack_dir, _props["model"], _props["slot"])

    def problem(self, values: Values) -> str:
        """Say whether the slot answers a golden row rightly with the release that it is to run."""
        stack_dir = StackDir.at(values["stack_dir"])
        if not Supervision(stack_dir).running():
            return "there is no supervisor"
        return slot_process.problem(stack_dir, slot_spec(values)) or ""

    def diff(self, _id: str, _olds: Values, _news: Values) -> Any:  # noqa: ANN401 - the base class's own
        """Say whether another process is needed; a release that only moved is none."""
        if _olds["release"]["sha256"] == _news["release"]["sha256"]:
            _news = {**_news, "release": _olds["release"]}
        return super().diff(_id, _olds, _news)

    def _replaced(self, values: Values) -> Values:
        stack_dir, spec = StackDir.at(values["stack_dir"]), slot_spec(values)
        # What changed may be about starting and stopping only.
        if slot_process.problem(stack_dir, spec):
            print(f"{spec.model} {spec.slot}: starting release {values['release']['version']}", flush=True)
            endpoint = slot_process.replace(stack_dir, spec)
            print(f"{spec.model} {spec.slot}: answers on port {endpoint.http_port}", flush=True)
        return {**inputs_of(values), "problem": ""}

    def _refuse_live_change(self, news: Values) -> None:
        model, slot = news["model"], news["slot"]
        traffic = Weights.read(StackDir.at(news["stack_dir"]), model)
        if traffic is not None and traffic.weights.get(slot, 0) > 0:
            other = "green" if slot == "blue" else "blue"
            raise ConfigurationError(
                f"models.{model}.slots.{slot} takes {traffic.weights[slot]} % of the traffic, so its release cannot "
                f"change in place; put the new release into {other} and set models.{model}.live to {other}."
            )


class ModelSlot(Resource, module="slipway/local", name="ModelSlot"):
    """The model server of one slot."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(ModelSlotProvider(), name, {**props, "problem": None}, opts)


def slot_spec(values: Values) -> SlotSpec:
    """Return a slot from a resource's values; Pulumi hands every number over as a float."""
    return SlotSpec(
        model=values["model"],
        slot=values["slot"],
        release=locate(values["release"]["uri"], Path.cwd()),
        release_digest=values["release"]["sha256"],
        runtime=Runtime(**whole_numbers(values["runtime"])),
        command=tuple(values["command"]),
        first_port=int(values["first_port"]),
        port_count=int(values["port_count"]),
        start_timeout_seconds=values["start_timeout_seconds"],
    )


def whole_numbers(values: Values) -> Values:
    """Return values whose numbers are whole again; Pulumi hands every number over as a float."""
    return {name: int(value) if isinstance(value, float) else value for name, value in values.items()}
