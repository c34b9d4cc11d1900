"""One model on one machine: a slot for each release, and the traffic between them.

Produces a `slipway:local:Model` with a `ModelSlot` and a `Gate` a configured slot and one `Traffic`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.local import triton
from components.local.gate import Gate
from components.local.gateway import Gateway
from components.local.model_slot import ModelSlot
from components.local.traffic import Traffic


@dataclass(frozen=True, kw_only=True)
class ModelArgs:
    """One model.

    Args:
        gateway: The gateway that leads to it.
        stack_dir: The stack's directory.
        spec: Plain values: `model`, `slots` (slot → `release` with `name`, `version`, `uri`, `sha256`), `live`,
            `runtime`, `gate`, `shift`, `grace_seconds`.
        first_port: First port of the stack's range for model servers.
        port_count: Length of that range.
        start_timeout_seconds: From the start of a model server to its first right answer.
    """

    gateway: Gateway
    stack_dir: str
    spec: Mapping[str, Any]
    first_port: int
    port_count: int
    start_timeout_seconds: float


class Model(pulumi.ComponentResource):
    """A served name, its slots and its traffic."""

    url: pulumi.Output[str]
    spec: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, args: ModelArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:local:Model", name, {"spec": args.spec}, opts)
        slots = [self._slot(name, args, slot) for slot in args.spec["slots"]]
        gates = [self._gate(name, args, slot, slots) for slot in args.spec["slots"]]
        self.traffic = self._traffic(name, args, gates)
        self.url = pulumi.Output.concat(args.gateway.url, f"/v2/models/{args.spec['model']}/infer")
        self.spec = pulumi.Output.from_input(dict(args.spec))
        self.register_outputs({"url": self.url, "spec": self.spec})

    def _slot(self, name: str, args: ModelArgs, slot: str) -> ModelSlot:
        props = {
            "stack_dir": args.stack_dir,
            "model": args.spec["model"],
            "slot": slot,
            "release": args.spec["slots"][slot]["release"],
            "runtime": args.spec["runtime"],
            "command": triton.command(args.spec["model"]),
            "http_address": triton.ADDRESS,
            "grpc_address": triton.ADDRESS,
            "metrics_address": triton.ADDRESS,
            "first_port": args.first_port,
            "port_count": args.port_count,
            "start_timeout_seconds": args.start_timeout_seconds,
            "drain_seconds": args.spec["grace_seconds"],
        }
        # The gateway takes the slot's address from a file; nothing of it is an input.
        after = pulumi.ResourceOptions(parent=self, depends_on=[args.gateway.process])
        return ModelSlot(f"{name}-{slot}", props, after)

    def _gate(self, name: str, args: ModelArgs, slot: str, slots: list[ModelSlot]) -> Gate:
        entries = args.spec["slots"]
        other = next(
            ({"slot": key, "release": entry["release"]} for key, entry in entries.items() if key != slot), None
        )
        props = {
            "stack_dir": args.stack_dir,
            "model": args.spec["model"],
            "slot": slot,
            "release": entries[slot]["release"],
            "other": other,
            "becomes_live": args.spec["live"] == slot,
            "limits": args.spec["gate"],
        }
        # It asks both slots through the gateway, which knows them by then; nothing of them is an input.
        return Gate(f"{name}-{slot}-gate", props, pulumi.ResourceOptions(parent=self, depends_on=slots))

    def _traffic(self, name: str, args: ModelArgs, gates: list[Gate]) -> Traffic:
        props = {
            "stack_dir": args.stack_dir,
            "model": args.spec["model"],
            "live": args.spec["live"],
            "releases": {slot: entry["release"]["sha256"] for slot, entry in args.spec["slots"].items()},
            "plan": args.spec["shift"],
        }
        # A slot that did not pass its gate must not get traffic; a gate has no output to pass on.
        return Traffic(f"{name}-traffic", props, pulumi.ResourceOptions(parent=self, depends_on=gates))
