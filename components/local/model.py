"""One model on one machine: a slot for each release, and the traffic between them.

Produces a `slipway:local:Model` with a `ModelSlot` a configured slot and one `Traffic`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.local import triton
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
        self.traffic = self._traffic(name, args, slots)
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

    def _traffic(self, name: str, args: ModelArgs, slots: list[ModelSlot]) -> Traffic:
        props = {
            "stack_dir": args.stack_dir,
            "model": args.spec["model"],
            "live": args.spec["live"],
            "slots": list(args.spec["slots"]),
        }
        # A slot that does not answer must not get traffic; its weight is no output of it.
        return Traffic(f"{name}-traffic", props, pulumi.ResourceOptions(parent=self, depends_on=slots))
