"""Everything of a stack on one machine, from plain values: supervisor, prober, gateway and models.

Produces a `slipway:local:Platform` with a `Supervisor`, a `Prober`, a `Gateway` and a `Model` for each model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.local.gateway import Gateway, GatewayArgs
from components.local.model import Model, ModelArgs
from components.local.prober import Prober
from components.local.supervisor import Supervisor


@dataclass(frozen=True, kw_only=True)
class PlatformArgs:
    """A stack on one machine.

    Args:
        stack_dir: Where its state lies, relative to the project.
        gateway: The gateway's plain values, see `GatewayArgs.spec`.
        key_versions: Client → version of its key.
        models: Model → its plain values, see `ModelArgs.spec`.
        first_port: First port of the range for model servers.
        port_count: Length of that range.
        start_timeout_seconds: From the start of a model server to its first right answer.
        probe_interval_seconds: Between two golden inferences on one slot.
        probe_failures_to_restart: In a row.
    """

    stack_dir: str
    gateway: Mapping[str, Any]
    key_versions: Mapping[str, int]
    models: Mapping[str, Mapping[str, Any]]
    first_port: int
    port_count: int
    start_timeout_seconds: float
    probe_interval_seconds: float
    probe_failures_to_restart: int


class Platform(pulumi.ComponentResource):
    """All processes of one stack on this machine."""

    gateway: Gateway
    models: dict[str, Model]
    spec: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, args: PlatformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:local:Platform", name, {"spec": {"stack_dir": args.stack_dir}}, opts)
        child = pulumi.ResourceOptions(parent=self)
        supervisor = Supervisor(f"{name}-supervisor", args.stack_dir, child)
        self._prober(name, args, supervisor)
        self.gateway = Gateway(
            f"{name}-gateway",
            GatewayArgs(
                supervisor=supervisor, stack_dir=args.stack_dir, spec=args.gateway, key_versions=args.key_versions
            ),
            child,
        )
        self.models = {model: self._model(args, spec) for model, spec in args.models.items()}
        self.spec = pulumi.Output.from_input({"stack_dir": args.stack_dir})
        self.register_outputs({"spec": self.spec})

    def _prober(self, name: str, args: PlatformArgs, supervisor: Supervisor) -> Prober:
        return Prober(
            f"{name}-prober",
            supervisor=supervisor,
            stack_dir=args.stack_dir,
            interval_seconds=args.probe_interval_seconds,
            failures_to_restart=args.probe_failures_to_restart,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _model(self, args: PlatformArgs, spec: Mapping[str, Any]) -> Model:
        model_args = ModelArgs(
            gateway=self.gateway,
            stack_dir=args.stack_dir,
            spec=spec,
            first_port=args.first_port,
            port_count=args.port_count,
            start_timeout_seconds=args.start_timeout_seconds,
        )
        return Model(spec["model"], model_args, pulumi.ResourceOptions(parent=self))
