"""What slots, weights and clients become for the gateway, and what the gateway does with it; with a real Envoy."""

import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from components.local.fragments import Endpoint, Weights
from components.local.gateway_config import GatewayFiles
from components.local.gateway_files import (
    operator_headers,
    publish,
    publish_keys,
    read_spec,
    routes_of,
    wait_for_gateway,
    write_spec,
)
from components.local.gateway_spec import Client, GatewaySpec
from components.local.stack_dir import StackDir
from serving.errors import ConfigurationError
from serving.gateway_names import OPERATOR
from tests.support import one_class_server
from tests.support.callers import ask
from tests.support.envoy_process import start_envoy
from tests.support.supervised import stack_folder
from tests.support.waiting import free_port, until

KEYS = {"demo": "key-of-demo", OPERATOR: "key-of-operator"}
PATH = "/v2/models/tiny/infer"
QUESTION = b'{"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 1], "data": [1]}]}'


def spec(port: int = 8080) -> GatewaySpec:
    return GatewaySpec(
        address="127.0.0.1",
        port=port,
        clients=(Client(name="demo", models=("tiny",)), Client(name=OPERATOR, models=("tiny",), may_pin_slots=True)),
        max_request_bytes=1024,
        request_timeout_seconds=5,
        drain_seconds=1,
    )


def endpoint(slot: str = "blue", model: str = "tiny", http_port: int = 1) -> Endpoint:
    return Endpoint(
        model=model,
        slot=slot,
        http_port=http_port,
        grpc_port=2,
        metrics_port=3,
        release_digest=slot[0] * 64,
        release_version="1",
        program=f"{model}.{slot}.x",
        probe={"output": "label"},
    )


@pytest.fixture
def stack_dir() -> Iterator[StackDir]:
    with stack_folder() as folder:
        yield folder


def test_without_a_gateway_there_is_nothing_to_publish(stack_dir: StackDir) -> None:
    assert read_spec(stack_dir) is None
    publish(stack_dir)
    assert list(stack_dir.gateway.iterdir()) == []


def test_the_gateways_fragment_is_read_as_it_was_written(stack_dir: StackDir) -> None:
    write_spec(stack_dir, spec())
    assert read_spec(stack_dir) == spec()


def test_a_gateway_that_does_not_run_finds_its_files_when_it_starts(stack_dir: StackDir) -> None:
    write_spec(stack_dir, spec())
    endpoint().write(stack_dir)
    publish(stack_dir)
    publish_keys(stack_dir, KEYS)
    files = GatewayFiles(stack_dir)
    assert all(path.exists() for path in (files.listeners, files.clusters, files.routes, files.api_keys))
    assert stat.S_IMODE(files.api_keys.stat().st_mode) == 0o600
    assert operator_headers(stack_dir) == {"x-api-key": "key-of-operator"}
    assert not wait_for_gateway(stack_dir, 0)


def test_a_model_without_weights_is_only_for_those_who_pin_a_slot(stack_dir: StackDir) -> None:
    endpoint().write(stack_dir)
    (route,) = routes_of(stack_dir)
    assert (route.model, route.weights, [slot.slot for slot in route.slots]) == ("tiny", None, ["blue"])


def test_a_slot_that_is_gone_and_had_no_traffic_is_no_problem(stack_dir: StackDir) -> None:
    write_spec(stack_dir, spec())
    endpoint("blue").write(stack_dir)
    Weights(weights={"blue": 100, "green": 0}).write(stack_dir, "tiny")
    publish(stack_dir)
    (route,) = routes_of(stack_dir)
    assert route.weights == {"blue": 100}


def test_a_slot_that_is_gone_with_traffic_on_it_is_refused_and_nothing_changes(stack_dir: StackDir) -> None:
    write_spec(stack_dir, spec())
    endpoint("blue").write(stack_dir)
    Weights(weights={"blue": 40, "green": 60}).write(stack_dir, "tiny")
    with pytest.raises(ConfigurationError, match="there is no slot 'green' to route to; its slots are blue"):
        publish(stack_dir)
    assert not GatewayFiles(stack_dir).routes.exists()


def test_the_logged_prediction_is_the_output_that_the_probe_compares(stack_dir: StackDir) -> None:
    endpoint().write(stack_dir)
    Weights(weights={"blue": 100}, predictions_logged=True).write(stack_dir, "tiny")
    assert routes_of(stack_dir)[0].prediction == "label"
    Weights(weights={"blue": 100}).write(stack_dir, "tiny")
    assert routes_of(stack_dir)[0].prediction is None


@pytest.fixture(scope="module")
def model_server() -> Iterator[int]:
    """The port of a server that answers class 1."""
    port = free_port()
    process = subprocess.Popen([sys.executable, one_class_server.__file__, str(port), "1"])
    until(lambda: listens(port), 10, "a model server")
    yield port
    process.kill()
    process.wait()


def listens(port: int) -> bool:
    try:
        return ask(f"http://127.0.0.1:{port}", "/", b"{}").status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def gateway() -> Iterator[StackDir]:
    """A stack with a running gateway and no model."""
    with stack_folder() as folder:
        running = start_envoy(GatewayFiles(folder), spec(free_port()), [], KEYS)
        write_spec(folder, running.spec)
        assert wait_for_gateway(folder, 10)
        yield folder
        running.stop()


@pytest.fixture(autouse=True)
def no_model_at_first(request: pytest.FixtureRequest) -> None:
    if "gateway" in request.fixturenames:
        folder: StackDir = request.getfixturevalue("gateway")
        for slot in Endpoint.all(folder):
            Endpoint.remove(folder, slot.model, slot.slot)
            Weights.remove(folder, slot.model)
        publish(folder)


def infer(stack_dir: StackDir, key: str = "key-of-demo", **headers: str) -> tuple[int, str]:
    """Ask the model; return the status and the slot that answered."""
    found = read_spec(stack_dir)
    assert found is not None
    sent = {"content_type": "application/json", "x_api_key": key, **headers}
    reply = ask(f"http://127.0.0.1:{found.port}", PATH, QUESTION, **sent)
    return reply.status, reply.headers.get("x-slipway-slot", "")


def test_what_is_published_is_in_force_when_publishing_returns(gateway: StackDir, model_server: int) -> None:
    assert infer(gateway) == (404, "")
    endpoint(http_port=model_server).write(gateway)
    publish(gateway)
    assert infer(gateway) == (503, "")
    assert infer(gateway, "key-of-operator", x_slipway_slot="blue") == (200, "blue")
    Weights(weights={"blue": 100}).write(gateway, "tiny")
    publish(gateway)
    assert infer(gateway) == (200, "blue")
    endpoint("green", http_port=model_server).write(gateway)
    for slot in ("green", "blue") * 5:
        Weights(weights={"blue": 0, "green": 0, slot: 100}).write(gateway, "tiny")
        publish(gateway)
        assert infer(gateway) == (200, slot)


def test_a_key_is_in_force_and_the_old_one_is_not_when_publishing_returns(gateway: StackDir) -> None:
    for key in ("first", "second", "third"):
        publish_keys(gateway, {**KEYS, "demo": key})
        assert infer(gateway, key)[0] == 404
        assert infer(gateway, "key-of-demo")[0] == 401
    publish_keys(gateway, KEYS)
    assert infer(gateway)[0] == 404


def test_keys_that_the_gateway_refuses_change_nothing_and_are_not_shown(gateway: StackDir) -> None:
    before = GatewayFiles(gateway).api_keys.read_text()
    for _ in range(10):
        with pytest.raises(
            RuntimeError, match=r"did not take its new configuration \(keys.json: update_rejected"
        ) as no:
            publish_keys(gateway, {"demo": "twice", "other": "twice"})
        assert "twice" not in str(no.value)
    assert GatewayFiles(gateway).api_keys.read_text() == before
    assert infer(gateway)[0] == 404


def test_many_may_publish_at_once(gateway: StackDir, model_server: int) -> None:
    def come(number: int) -> None:
        endpoint(model=f"m{number}", http_port=model_server).write(gateway)
        Weights(weights={"blue": 100}).write(gateway, f"m{number}")
        publish(gateway)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(come, range(6)))
    known = json.loads(GatewayFiles(gateway).clusters.read_text())["resources"]
    assert {f"m{number}_blue_rest" for number in range(6)} <= {cluster["name"] for cluster in known}


def test_a_client_that_is_gone_is_gone_at_once(gateway: StackDir, model_server: int) -> None:
    endpoint(http_port=model_server).write(gateway)
    Weights(weights={"blue": 100}).write(gateway, "tiny")
    publish(gateway)
    found = read_spec(gateway)
    assert found is not None
    write_spec(gateway, replace(found, clients=found.clients[1:]))
    publish(gateway)
    try:
        assert infer(gateway)[0] == 403
    finally:
        write_spec(gateway, found)
