"""The gateway's files: what slots, weights and clients there are, made into the configuration that Envoy watches.

Each resource writes its own fragment (a slot its endpoint, Traffic a model's weights, the gateway its clients) and
publishes; publishing makes Envoy's files from all fragments, replaces each by one rename, and waits until Envoy says
that it took them. Imports no pulumi.
"""

import fcntl
import http.client
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from components.local.fragments import Endpoint, Weights
from components.local.gateway_admin import answers, statistics
from components.local.gateway_clusters import clusters
from components.local.gateway_config import GatewayFiles, api_keys, listeners
from components.local.gateway_routes import API_KEY_FILTER, ROUTES, routes
from components.local.gateway_spec import Client, GatewaySpec, ModelRoute, SlotEndpoint, check_names
from components.local.stack_dir import StackDir
from components.local.supervision import wait_until, write_private
from serving.gateway_names import KEY_HEADER, OPERATOR

ACCEPT_SECONDS = 10
_POLL_SECONDS = 0.002
# Where Envoy counts what became of each file, see
# https://www.envoyproxy.io/docs/envoy/latest/configuration/overview/mgmt_server
_CLUSTERS = "cluster_manager.cds"
_ROUTES = f"http.slipway.rds.{ROUTES}"
_LISTENERS = "listener_manager.lds"
_API_KEYS = f"extension_config_discovery.http_filter.{API_KEY_FILTER}"


def write_spec(stack_dir: StackDir, spec: GatewaySpec) -> None:
    """Write the gateway's own fragment."""
    write_private(stack_dir.gateway / "spec.json", json.dumps(asdict(spec)))


def read_spec(stack_dir: StackDir) -> GatewaySpec | None:
    """Return the gateway's own fragment, `None` when there is no gateway."""
    path = stack_dir.gateway / "spec.json"
    if not path.exists():
        return None
    found = json.loads(path.read_text())
    clients = tuple(Client(**{**client, "models": tuple(client["models"])}) for client in found.pop("clients"))
    return GatewaySpec(**found, clients=clients)


def publish(stack_dir: StackDir) -> None:
    """Let the gateway work by the fragments as they are now.

    Raises:
        ConfigurationError: The fragments do not fit together; the gateway goes on as before.
        RuntimeError: The gateway refused the configuration, or took none in time; it goes on as before.
    """
    with _locked(stack_dir):
        spec = read_spec(stack_dir)
        if spec is None:
            return
        models = routes_of(stack_dir)
        check_names(spec, models)
        files = GatewayFiles(stack_dir)
        wanted = clusters(models)
        # Routes may name only clusters that are there: new ones come before the routes, old ones go after.
        _put(stack_dir, files.clusters, _CLUSTERS, _merged(files.clusters, wanted))
        _put(stack_dir, files.routes, _ROUTES, routes(spec, models))
        _put(stack_dir, files.clusters, _CLUSTERS, wanted)
        _put(stack_dir, files.listeners, _LISTENERS, listeners(files, spec))


def publish_keys(stack_dir: StackDir, keys: Mapping[str, str]) -> None:
    """Let the gateway know its clients by these keys, `{client: key}`, from now on."""
    with _locked(stack_dir):
        files = GatewayFiles(stack_dir)
        _put(stack_dir, files.api_keys, _API_KEYS, api_keys(keys))


def operator_headers(stack_dir: StackDir) -> dict[str, str]:
    """Return the header by which gate and shift call through the gateway."""
    credentials = json.loads(GatewayFiles(stack_dir).api_keys.read_text())["resources"][0]["typed_config"][
        "credentials"
    ]
    return {KEY_HEADER: next(entry["key"] for entry in credentials if entry["client"] == OPERATOR)}


def routes_of(stack_dir: StackDir) -> list[ModelRoute]:
    """Return every model that has a running slot, with its slots and weights."""
    slots: dict[str, list[SlotEndpoint]] = {}
    for endpoint in Endpoint.all(stack_dir):
        slots.setdefault(endpoint.model, []).append(
            SlotEndpoint(
                model=endpoint.model,
                slot=endpoint.slot,
                http_port=endpoint.http_port,
                grpc_port=endpoint.grpc_port,
                release_digest=endpoint.release_digest,
            )
        )
    return [_route(stack_dir, model, tuple(endpoints)) for model, endpoints in slots.items()]


def _route(stack_dir: StackDir, model: str, endpoints: tuple[SlotEndpoint, ...]) -> ModelRoute:
    traffic = Weights.read(stack_dir, model)
    if traffic is None:
        return ModelRoute(model=model, slots=endpoints, weights=None)
    running = {endpoint.slot for endpoint in endpoints}
    weights = {slot: weight for slot, weight in traffic.weights.items() if weight or slot in running}
    return ModelRoute(
        model=model,
        slots=endpoints,
        weights=weights,
        mirror=traffic.mirror,
        prediction=_prediction(stack_dir, model) if traffic.predictions_logged else None,
    )


def _prediction(stack_dir: StackDir, model: str) -> str | None:
    return next((endpoint.probe["output"] for endpoint in Endpoint.all(stack_dir) if endpoint.model == model), None)


def _put(stack_dir: StackDir, path: Path, statistics_prefix: str, document: dict[str, Any]) -> None:
    text = json.dumps(document, sort_keys=True)
    before = path.read_text() if path.exists() else None
    if text == before:
        return
    admin = stack_dir.gateway_admin_socket
    if not answers(admin):
        write_private(path, text)
        return
    counted = _outcomes(admin, statistics_prefix)
    write_private(path, text)
    outcome = _outcome(admin, statistics_prefix, counted)
    if outcome != "update_success":
        if before is not None:
            write_private(path, before)
        raise RuntimeError(
            f"The gateway did not take its new configuration ({path.name}: {outcome}); it goes on as before. "
            f"Its log says why: {GatewayFiles(stack_dir).process_log}"
        )


def _outcome(admin: Path, prefix: str, before: Mapping[str, int]) -> str:
    end = time.monotonic() + ACCEPT_SECONDS
    while time.monotonic() < end:
        now = _outcomes(admin, prefix)
        for name in ("update_rejected", "update_failure", "update_success"):
            if now.get(name, 0) > before.get(name, 0):
                return name
        time.sleep(_POLL_SECONDS)
    return f"no answer within {ACCEPT_SECONDS} s"


def _outcomes(admin: Path, prefix: str) -> dict[str, int]:
    pattern = f"^{prefix}.update_(success|rejected|failure)$".replace(".", "%5C.")
    return {name.rpartition(".")[2]: value for name, value in statistics(admin, pattern).items()}


def _merged(path: Path, wanted: Mapping[str, Any]) -> dict[str, Any]:
    known = json.loads(path.read_text())["resources"] if path.exists() else []
    by_name = {cluster["name"]: cluster for cluster in [*known, *wanted["resources"]]}
    return {"resources": list(by_name.values())}


def wait_for_gateway(stack_dir: StackDir, seconds: float) -> bool:
    """Wait until the gateway's admin interface answers and its listener is open; return whether it was in time."""
    return wait_until(lambda: _listening(stack_dir.gateway_admin_socket), seconds)


def _listening(admin: Path) -> bool:
    try:
        return answers(admin) and statistics(admin, "^listener_manager%5C.total_listeners_active$") == {
            "listener_manager.total_listeners_active": 1
        }
    except (OSError, http.client.HTTPException):
        return False


@contextmanager
def _locked(stack_dir: StackDir) -> Iterator[None]:
    with (stack_dir.run / "gateway.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
