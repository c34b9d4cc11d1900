"""The gateway's documents at work in the real Envoy, before a real model server."""

import http.client
import stat
from pathlib import Path

import pytest

from components.local.gateway_config import GatewayFiles
from components.local.gateway_spec import Client, SlotEndpoint
from components.local.stack_dir import StackDir
from tests.support.envoy_process import start_envoy
from tests.support.gateway_stack import (
    INFER,
    KEYS,
    MAX_REQUEST_BYTES,
    MODEL,
    GatewayStack,
    publish_health,
    request,
    routes_to,
    tensor,
)
from tests.support.waiting import free_port, until

pytestmark = pytest.mark.e2e

LOG_SECONDS = 5
BLUE, GREEN = "b" * 12, "9" * 12


def test_user_traffic_goes_where_the_weights_say(stack: GatewayStack) -> None:
    assert {stack.infer(request()).headers["x-slipway-slot"] for _ in range(20)} == {"blue"}
    with stack.routed(routes_to(stack.triton, weights={"blue": 0, "green": 100})):
        assert {stack.infer(request()).headers["x-slipway-slot"] for _ in range(20)} == {"green"}
    with stack.routed(routes_to(stack.triton, weights={"blue": 50, "green": 50})):
        assert {stack.infer(request()).headers["x-slipway-slot"] for _ in range(50)} == {"blue", "green"}


def test_an_answer_names_slot_release_and_request(stack: GatewayStack) -> None:
    reply = stack.infer(request(), x_request_id="mine-1")
    assert (reply.headers["x-slipway-slot"], reply.headers["x-slipway-release"]) == ("blue", BLUE)
    assert reply.headers["x-request-id"] == "mine-1"


def test_a_client_that_may_pins_a_slot(stack: GatewayStack) -> None:
    reply = stack.infer(request(), key="operator", x_slipway_slot="green")
    assert (reply.status, reply.headers["x-slipway-slot"], reply.headers["x-slipway-release"]) == (200, "green", GREEN)


def test_metadata_is_answered_by_the_model_server(stack: GatewayStack) -> None:
    reply = stack.question(f"/v2/models/{MODEL}")
    assert (reply.status, reply.body["name"], reply.headers["x-slipway-slot"]) == (200, MODEL, "blue")


def test_health_needs_no_key_and_is_what_the_prober_knows(stack: GatewayStack) -> None:
    assert stack.question("/v2/health/live", key=None).body == {"live": True}
    assert stack.question("/v2/health/ready", key=None).status == 200
    publish_health(stack.health, healthy=False)
    try:
        for path, key in (("/v2/health/ready", None), (f"/v2/models/{MODEL}/ready", "demo")):
            reply = stack.question(path, key)
            assert (reply.status, reply.body) == (503, {"ready": False}), path
    finally:
        publish_health(stack.health, healthy=True)
    assert stack.question(f"/v2/models/{MODEL}/ready").status == 200


def test_what_a_failing_model_says_is_in_the_log_alone(stack: GatewayStack) -> None:
    reply = stack.infer(request(tensor(data=[-1, 0])))
    assert reply.status == 500
    assert reply.body == {
        "error": "The model server failed; its reason is in the log under this request's id.",
        "request_id": reply.headers["x-request-id"],
    }
    assert "/srv/secret/model.bin" in stack.log_entry(reply)["upstream_error"]


def test_a_refusal_of_the_model_passes_unless_it_holds_a_path(stack: GatewayStack) -> None:
    reply = stack.infer(request(tensor(name="other")))
    assert (reply.status, reply.body) == (400, {"error": "unexpected inference input 'other' for model 'sum'"})
    with_path = stack.infer(request(tensor(data=[-2, 0])))
    assert (with_path.status, b"secret" in with_path.content) == (400, False)
    assert "/srv/secret/limits.txt" in stack.log_entry(with_path)["upstream_error"]


def test_a_request_identifier_cannot_break_an_error_of_ours(stack: GatewayStack) -> None:
    reply = stack.infer(request(tensor(data=[-1, 0])), x_request_id='a","b":"\\')
    assert reply.body["request_id"] == "a,b:"


def test_a_model_server_that_is_not_there_is_told_in_a_sentence(stack: GatewayStack) -> None:
    gone = SlotEndpoint(model=MODEL, slot="blue", http_port=free_port(), grpc_port=free_port(), release_digest="b" * 64)
    with stack.routed(routes_to(stack.triton, slots=(gone,), weights={"blue": 100})):
        reply = stack.infer(request() + " " * 3_000_000)
    assert (reply.status, reply.headers["x-slipway-slot"]) == (503, "blue")
    assert reply.body["error"] == "The model server does not answer or has too much to do; try again in a moment."
    assert stack.log_entry(reply)["attempts"] == 17, "however large, it is asked again sixteen times"


def test_a_slow_model_is_told_in_a_sentence(stack: GatewayStack) -> None:
    with stack.routed(request_timeout_seconds=0.2):
        reply = stack.infer(request(tensor(data=[-3, 0])))
    assert reply.status == 504
    assert reply.body["error"].startswith("The model did not answer within")


def test_a_model_without_user_traffic_answers_only_who_pins_a_slot(stack: GatewayStack) -> None:
    with stack.routed(routes_to(stack.triton, weights=None)):
        reply = stack.infer(request())
        assert (reply.status, reply.body["error"]) == (
            503,
            "Model sum takes no traffic yet; its first release is being checked.",
        )
        assert stack.infer(request(), key="operator", x_slipway_slot="blue").status == 200


def test_mirrored_requests_are_counted_apart(stack: GatewayStack) -> None:
    real = stack.envoy.counter("cluster.sum_green_rest.upstream_rq_total")
    with stack.routed(routes_to(stack.triton, mirror=("green", 100))):
        assert {stack.infer(request()).headers["x-slipway-slot"] for _ in range(5)} == {"blue"}
        mirrored = "cluster.sum_green_mirror_rest.upstream_rq_200"
        until(lambda: stack.envoy.counter(mirrored) == 5, LOG_SECONDS, "five mirrored requests")
    assert stack.envoy.counter("cluster.sum_green_rest.upstream_rq_total") == real


def test_a_prediction_is_noted_where_the_route_asks_for_it(stack: GatewayStack) -> None:
    assert stack.log_entry(stack.infer(request()))["prediction"] is None
    with stack.routed(routes_to(stack.triton, prediction="sum")):
        assert stack.log_entry(stack.infer(request()))["prediction"] == "3.0"
        large = stack.infer(request(tensor(data=[-4, 0])))
        assert (large.status, len(large.content) > MAX_REQUEST_BYTES) == (200, True), "too large to be held back"


def test_a_body_up_to_the_limit_passes_and_one_byte_more_does_not(stack: GatewayStack) -> None:
    body = request()
    assert stack.infer(body + " " * (MAX_REQUEST_BYTES - len(body))).status == 200
    reply = stack.infer(body + " " * (MAX_REQUEST_BYTES - len(body) + 1))
    assert (reply.status, reply.body["error"]) == (
        413,
        f"The body is larger than {MAX_REQUEST_BYTES} bytes; send fewer rows at once.",
    )


def test_the_log_has_who_what_and_how_long_but_neither_key_nor_query(stack: GatewayStack) -> None:
    entry = stack.log_entry(stack.infer(request(), path=f"{INFER}?token=of-a-query"))
    expected = {"client": "demo", "model": MODEL, "slot": "blue", "release": BLUE, "status": 200, "path": INFER}
    assert {name: entry[name] for name in expected} == expected
    assert (entry["attempts"], entry["flags"], entry["upstream_error"]) == (1, "-", None)
    assert all(isinstance(entry[name], int) for name in ("total_ms", "upstream_us", "bytes_received", "bytes_sent"))
    written = stack.envoy.files.access_log.read_text() + stack.envoy.files.process_log.read_text()
    assert not [secret for secret in (*KEYS.values(), "of-a-query") if secret in written]


def test_new_models_and_clients_close_no_connection(stack: GatewayStack) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", stack.envoy.spec.port)

    def ask_new(path: str = f"/v2/models/{MODEL}") -> tuple[int, str | None]:
        connection.request("GET", path, headers={"x-api-key": "key-of-new"})
        answer = connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("x-slipway-release")

    assert ask_new()[0] == 401
    socket_before = connection.sock
    clients = (*stack.envoy.spec.clients, Client(name="new", models=(MODEL, "other")))
    other = SlotEndpoint(
        model="other",
        slot="blue",
        http_port=stack.triton.http_port,
        grpc_port=stack.triton.grpc_port,
        release_digest="c" * 64,
    )
    models = [*routes_to(stack.triton), *routes_to(stack.triton, model="other", slots=(other,), weights={"blue": 100})]
    listeners = stack.envoy.counter("listener_manager.lds.update_success")
    stack.envoy.write_keys({**KEYS, "new": "key-of-new"})
    try:
        with stack.routed(models, clients=clients):
            assert ask_new() == (200, BLUE)
            assert ask_new("/v2/models/other")[1] == "c" * 12
    finally:
        stack.envoy.write_keys(KEYS)
    assert ask_new()[0] == 401
    assert connection.sock is socket_before
    assert stack.envoy.counter("listener_manager.lds.update_success") == listeners
    connection.close()


def test_the_admin_socket_is_its_owners_alone(stack: GatewayStack) -> None:
    mode = stack.envoy.files.stack_dir.gateway_admin_socket.stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600


def test_a_second_gateway_does_not_take_a_share_of_the_port(stack: GatewayStack, tmp_path: Path) -> None:
    files = GatewayFiles(StackDir.at(tmp_path / "s"))
    second = start_envoy(files, stack.envoy.spec, [], {})
    try:
        until(files.stack_dir.gateway_admin_socket.exists, LOG_SECONDS, "the second gateway")
        refused = "listener_manager.listener_create_failure"
        until(lambda: second.counter(refused) == 1, LOG_SECONDS, "a refused listener")
    finally:
        second.stop()
