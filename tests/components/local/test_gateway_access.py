"""Who may call what through the real gateway, and that no spelling of a request gets around it."""

from collections.abc import Mapping

import pytest

from tests.support.callers import ask
from tests.support.gateway_stack import INFER, KEYS, MODEL, GatewayStack, request, tensor

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize(
    ("path", "headers", "status", "told"),
    [
        (INFER, {}, 401, "Send a valid key in the header x-api-key."),
        (INFER, {"x_api_key": "wrong"}, 401, "Send a valid key in the header x-api-key."),
        (INFER, {"x_slipway_client": "demo"}, 401, "Send a valid key in the header x-api-key."),
        (INFER, {"x_api_key": KEYS["guest"]}, 403, "add the model to gateway.clients.guest.models."),
        (INFER, {"x_api_key": KEYS["guest"], "x_slipway_client": "demo"}, 403, "Client guest may not call this model"),
        (INFER, {"x_api_key": KEYS["demo"], "x_slipway_slot": "green"}, 403, "Client demo may not choose the slot"),
        (INFER, {"x_api_key": KEYS["demo"], "x_slipway_slot": "red"}, 403, "Client demo may not choose the slot"),
        (INFER, {"x_api_key": KEYS["operator"], "x_slipway_slot": "red"}, 404, "one of blue and green"),
        ("/v2/models/other/infer", {"x_api_key": KEYS["demo"]}, 404, "There is no such model or path here."),
    ],
)
def test_a_refusal_says_what_to_do(
    stack: GatewayStack, path: str, headers: Mapping[str, str], status: int, told: str
) -> None:
    reply = ask(stack.url, path, request().encode(), content_type="application/json", **headers)
    assert reply.status == status
    assert told in reply.body["error"]
    assert reply.body["request_id"] == reply.headers["x-request-id"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v2",
        "/v2/",
        "/v2/models",
        f"/v2/models/{MODEL}/",
        f"/v2/models/{MODEL}/config",
        f"/v2/models/{MODEL}/stats",
        f"/v2/models/{MODEL}/generate",
        f"/v2/models/{MODEL}/trace/setting",
        f"/v2/models/{MODEL}/versions/1/infer",
        f"/v2/models/{MODEL}/infer/",
        f"/v2/models/{MODEL}/infer;a=b",
        f"/v2/models/{MODEL.upper()}/infer",
        "/v2/models/stats",
        "/v2/repository/index",
        f"/v2/repository/models/{MODEL}/unload",
        "/v2/systemsharedmemory/status",
        "/v2/cudasharedmemory/status",
        "/v2/logging",
        "/v2/trace/setting",
        "/metrics",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_path_outside_the_protocol_is_not_found(stack: GatewayStack, path: str, method: str) -> None:
    assert ask(stack.url, path, b"{}", method, x_api_key=KEYS["operator"]).status == 404


@pytest.mark.parametrize(
    "path",
    [
        f"/v2/models/other/../{MODEL}/infer",
        f"/v2/models/other/%2e%2e/{MODEL}/infer",
        f"//v2/models/{MODEL}/infer",
        f"/v2/models/{MODEL}/infer?x_api_key={KEYS['demo']}",
        f"/v2/models%2f{MODEL}/infer",
        f"/v2/models/{MODEL}%5cinfer",
        f"/v2/models/{MODEL}/%69nfer",
        f"http://a/v2/models/{MODEL}/infer",
    ],
)
def test_no_spelling_of_a_path_gets_around_the_rules(stack: GatewayStack, path: str) -> None:
    assert ask(stack.url, path, request().encode(), x_api_key=KEYS["guest"]).status in {400, 403, 404}


def test_a_client_cannot_change_timeouts_or_retries_by_headers(stack: GatewayStack) -> None:
    slow = request(tensor(data=[-3, 10]))
    reply = stack.infer(slow, x_envoy_upstream_rq_timeout_ms="100", x_envoy_upstream_rq_per_try_timeout_ms="100")
    assert reply.body["outputs"][0]["data"] == [7.0]
    failing = stack.infer(request(tensor(data=[-1, 0])), x_envoy_retry_on="5xx", x_envoy_max_retries="50")
    assert stack.log_entry(failing)["attempts"] == 1


@pytest.mark.parametrize(("key", "status"), [("guest", 403), ("demo", 403), ("operator", 200)])
def test_readiness_of_a_slot_is_for_those_who_may_pin_it(stack: GatewayStack, key: str, status: int) -> None:
    assert stack.question(f"/v2/models/{MODEL}/ready", key, x_slipway_slot="green").status == status


def test_too_many_headers_are_refused(stack: GatewayStack) -> None:
    assert stack.question("/v2/health/live", **{f"h{n}": "a" for n in range(70)}).status == 431
    assert stack.question("/v2/health/live", large="a" * 20_000).status == 431
