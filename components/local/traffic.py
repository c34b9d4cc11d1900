"""The share of traffic of each slot of a model; nothing else writes weights.

Produces `pulumi-python:dynamic/slipway/local:Traffic`.
"""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from components.local.gateway_files import Weights, publish
from components.local.provider import LocalProvider, Values, inputs_of
from components.local.stack_dir import StackDir

ALL = 100


class TrafficProvider(LocalProvider):
    """Leads a model's traffic to its live slot."""

    replaces_on = frozenset({"stack_dir", "model"})

    def create(self, props: Values) -> CreateResult:
        """Give the live slot all traffic."""
        set_weights(StackDir.at(props["stack_dir"]), props["model"], all_on(props["live"], props["slots"]))
        return CreateResult(props["model"], {**inputs_of(props), "problem": ""})

    def update(self, _id: str, _olds: Values, _news: Values) -> UpdateResult:
        """Give the live slot all traffic."""
        return UpdateResult(self.create(_news).outs)

    def delete(self, _id: str, _props: Values) -> None:
        """Let no user reach the model any more."""
        stack_dir = StackDir.at(_props["stack_dir"])
        if stack_dir.weights.exists():
            Weights.remove(stack_dir, _props["model"])
            publish(stack_dir)

    def problem(self, values: Values) -> str:
        """Say whether the real weights are those that were set."""
        traffic = Weights.read(StackDir.at(values["stack_dir"]), values["model"])
        if traffic is not None and traffic.weights.get(values["live"]) == ALL:
            return ""
        return f"the weights are {traffic.weights if traffic else 'not set'}"


class Traffic(Resource, module="slipway/local", name="Traffic"):
    """The weights of one model's slots."""

    def __init__(self, name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TrafficProvider(), name, {**props, "problem": None}, opts)


def all_on(live: str, slots: list[str]) -> dict[str, int]:
    """Return the weights that give one slot everything."""
    return {slot: ALL if slot == live else 0 for slot in slots}


def set_weights(stack_dir: StackDir, model: str, weights: dict[str, int]) -> None:
    """Set a model's weights and wait until the gateway works by them."""
    Weights(weights=weights).write(stack_dir, model)
    publish(stack_dir)
