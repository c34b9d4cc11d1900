from typing import Any

import pytest

from components.local.gateway_clusters import clusters
from components.local.gateway_routes import ACCESS_FILTER, API_KEY_FILTER, GUARD_FILTER, routes
from components.local.gateway_spec import Client, ModelRoute
from tests.support.gateway_models import route, slot, spec

CLIENTS = (
    Client(name="demo", models=("digits",)),
    Client(name="operator", models=("digits", "tumours"), may_pin_slots=True),
    Client(name="guest", models=("tumours",)),
)
INFER = "/v2/models/digits/infer"


def made(*models: ModelRoute) -> list[dict[str, Any]]:
    document = routes(spec(*CLIENTS), models or [route()])
    found: list[dict[str, Any]] = document["resources"][0]["virtual_hosts"][0]["routes"]
    return found


def asked_slot(one: dict[str, Any]) -> str | None:
    """Return the slot a route wants to be asked for, `any` for whatever slot, None when it does not care."""
    for header in one["match"].get("headers", []):
        if header["name"] == "x-slipway-slot":
            return str(header.get("string_match", {}).get("exact", "any"))
    return None


def at(path: str, slot_name: str | None, *models: ModelRoute) -> dict[str, Any]:
    return next(one for one in made(*models) if one["match"].get("path") == path and asked_slot(one) == slot_name)


def allowed(one: dict[str, Any]) -> list[str]:
    policies = one["typed_per_filter_config"][ACCESS_FILTER]["rbac"]["rules"]["policies"]
    principals = policies["clients"]["principals"] if policies else []
    return [principal["header"]["string_match"]["exact"] for principal in principals]


def answers_with(one: dict[str, Any]) -> dict[str, str]:
    return {item["header"]["key"]: item["header"]["value"] for item in one["response_headers_to_add"]}


def test_user_traffic_is_split_by_weight_and_each_share_names_its_slot() -> None:
    shares = at(INFER, None)["route"]["weighted_clusters"]["clusters"]
    assert [(share["name"], share["weight"]) for share in shares] == [
        ("digits_blue_rest", 90),
        ("digits_green_rest", 10),
    ]
    assert answers_with(shares[1]) == {"x-slipway-slot": "green", "x-slipway-release": "0123456789ab"}


def test_a_slot_without_a_weight_gets_nothing() -> None:
    shares = at(INFER, None, route(weights={"blue": 100}))["route"]["weighted_clusters"]["clusters"]
    assert [share["weight"] for share in shares] == [100, 0]


def test_a_pinned_request_goes_to_its_slot_and_only_from_who_may_pin() -> None:
    pinned = at(INFER, "green")
    assert pinned["route"]["cluster"] == "digits_green_rest"
    assert answers_with(pinned)["x-slipway-slot"] == "green"
    assert allowed(pinned) == ["operator"]


def test_who_may_call_a_model_is_who_lists_it() -> None:
    assert allowed(at(INFER, None)) == ["demo", "operator"]


def test_a_model_that_no_client_lists_is_closed_to_all() -> None:
    lonely = route(model="lonely", slots=(slot(model="lonely"),), weights={"blue": 100})
    assert allowed(at("/v2/models/lonely/infer", None, lonely)) == []


def test_another_slot_is_refused_after_the_slots_there_are() -> None:
    order = [asked_slot(one) for one in made() if one["match"].get("path") == INFER]
    assert order == ["blue", "green", "any", None]
    assert "blue and green" in at(INFER, "any")["direct_response"]["body"]["inline_string"]


def test_a_model_without_weights_refuses_users() -> None:
    assert at(INFER, None, route(weights=None))["direct_response"]["status"] == 503


def test_only_inference_is_mirrored() -> None:
    mirrored = route(mirror=("green", 7))
    policy = at(INFER, None, mirrored)["route"]["request_mirror_policies"][0]
    assert policy["cluster"] == "digits_green_mirror_rest"
    assert policy["runtime_fraction"]["default_value"] == {"numerator": 7, "denominator": "HUNDRED"}
    assert "request_mirror_policies" not in at("/v2/models/digits", None, mirrored)["route"]
    assert "request_mirror_policies" not in at(INFER, "blue", mirrored)["route"]


def test_a_request_that_reached_nobody_is_asked_again() -> None:
    policies = [one["route"]["retry_policy"] for one in made() if "retry_policy" in one.get("route", {})]
    assert {(policy["retry_on"], policy["num_retries"], policy["refresh_cluster_on_retry"]) for policy in policies} == {
        ("connect-failure,refused-stream,reset", 16, True)
    }
    assert all(one["route"]["timeout"] == "10s" for one in made() if "retry_policy" in one.get("route", {}))


def test_grpc_finds_the_model_by_the_header_that_the_guard_writes() -> None:
    calls = [one for one in made() if one["match"].get("prefix") == "/inference.GRPCInferenceService/"]
    by_model = [one for one in calls if "headers" in one["match"]]
    assert {one["match"]["headers"][0]["string_match"]["exact"] for one in by_model} == {"digits"}
    assert [share["name"] for share in by_model[-1]["route"]["weighted_clusters"]["clusters"]] == [
        "digits_blue_grpc",
        "digits_green_grpc",
    ]
    assert "headers" not in calls[-1]["match"], "the refusal of other models comes last"


def test_what_no_route_takes_is_refused_last() -> None:
    last = made()[-1]
    assert (last["match"], last["direct_response"]["status"]) == ({"prefix": "/"}, 404)


def test_only_health_needs_no_key() -> None:
    open_to_all = [one for one in made() if API_KEY_FILTER in one.get("typed_per_filter_config", {})]
    assert [one["match"]["path"] for one in open_to_all] == ["/v2/health/live", "/v2/health/ready"]


def test_nothing_reaches_a_process_unguarded() -> None:
    unguarded = [one for one in made() if GUARD_FILTER in one.get("typed_per_filter_config", {})]
    assert unguarded
    assert all("direct_response" in one for one in unguarded)


@pytest.mark.parametrize("weights", [{"blue": 100, "green": 0}, None])
def test_every_route_leads_to_a_cluster_that_is_there(weights: dict[str, int] | None) -> None:
    models = [route(weights=weights, mirror=("green", 1)), route(model="t", slots=(slot(model="t"),), weights=None)]
    there = {cluster["name"] for cluster in clusters(models)["resources"]} | {"prober"}
    actions = [one["route"] for one in made(*models) if "route" in one]
    named = {action["cluster"] for action in actions if "cluster" in action}
    for action in actions:
        named |= {share["name"] for share in action.get("weighted_clusters", {}).get("clusters", [])}
        named |= {policy["cluster"] for policy in action.get("request_mirror_policies", [])}
    assert named <= there


def test_no_key_of_a_caller_reaches_a_model_server() -> None:
    removed = routes(spec(), [route()])["resources"][0]["request_headers_to_remove"]
    assert {"x-api-key", "authorization", "cookie"} <= set(removed)
