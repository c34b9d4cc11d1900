"""The gateway's routes: which path reaches which slot of which model, and which client may go there.

Everything that changes while the gateway runs and is not a key or an address is here, so that a new client, a new
model or a new weight replaces this one file and no connection is closed.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from components import gateway_terms as terms
from components.local.gateway_clusters import (
    PROBER_CLUSTER,
    grpc_cluster,
    mirror_grpc_cluster,
    mirror_rest_cluster,
    rest_cluster,
)
from components.local.gateway_spec import GatewaySpec, ModelRoute, SlotEndpoint
from serving.gateway_names import CLIENT_HEADER, KEY_HEADER, MODEL_HEADER, RELEASE_HEADER, SLOT_HEADER

ROUTES = "slipway"
GRPC_PREFIX = f"/{terms.GRPC_SERVICE}/"
API_KEY_FILTER = "api_key"
ACCESS_FILTER = "access"
GUARD_FILTER = "request_guard"
HEALTH_TIMEOUT = "5s"
RETRY_POLICY = {
    "retry_on": ",".join(terms.RETRY_TRIGGERS),
    "num_retries": terms.RETRIES,
    "refresh_cluster_on_retry": True,
    "retry_back_off": {"base_interval": "0.010s", "max_interval": "0.1s"},
}

ClusterOf = Callable[[str, str], str]


def routes(spec: GatewaySpec, models: Sequence[ModelRoute]) -> dict[str, Any]:
    """Return the route discovery file.

    Args:
        spec: The gateway; its clients decide who may call what.
        models: Every model with at least one running slot.
    """
    made = [
        *(route for model in models for route in _model_routes(spec, model)),
        *_health_routes(),
        _refusal(
            {"prefix": GRPC_PREFIX},
            404,
            "There is no such model here. Call ModelInfer, ModelMetadata or ModelReady with the name of one.",
        ),
        {
            **_refusal(
                {"prefix": "/"},
                404,
                "There is no such model or path here. Call /v2/models/{model}/infer (POST), /v2/models/{model} or "
                "/v2/models/{model}/ready (GET).",
            ),
            "typed_per_filter_config": {GUARD_FILTER: _disabled()},
        },
    ]
    return {
        "resources": [
            {
                "@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
                "name": ROUTES,
                "virtual_hosts": [
                    {
                        "name": ROUTES,
                        "domains": ["*"],
                        "routes": made,
                        "request_body_buffer_limit": spec.max_request_bytes,
                    }
                ],
                "response_headers_to_add": [_set("x-request-id", "%REQ(X-REQUEST-ID)%")],
                # An answer must stay readable for the gateway, and no key may reach a model server.
                "request_headers_to_remove": ["accept-encoding", KEY_HEADER, "authorization", "cookie"],
            }
        ]
    }


def _health_routes() -> list[dict[str, Any]]:
    anonymous = {API_KEY_FILTER: _disabled()}
    return [
        {
            "name": "health",
            "match": {"path": "/v2/health/live"},
            "direct_response": {"status": 200},
            "typed_per_filter_config": {**anonymous, GUARD_FILTER: _disabled()},
        },
        {"match": {"path": "/v2/health/ready"}, **_to_prober("health", anonymous)},
    ]


def _model_routes(spec: GatewaySpec, model: ModelRoute) -> Iterator[dict[str, Any]]:
    path = f"/v2/models/{model.model}"
    named = {"prefix": GRPC_PREFIX, "headers": [_header_is(MODEL_HEADER, model.model)]}
    yield from _slot_routes(spec, model, {"path": f"{path}/infer"}, rest_cluster, mirror_rest_cluster)
    yield from _slot_routes(spec, model, named, grpc_cluster, mirror_grpc_cluster)
    yield from _slot_routes(spec, model, {"path": path}, rest_cluster, None)
    yield from _ready_routes(spec, model, {"path": f"{path}/ready"})


def _ready_routes(spec: GatewaySpec, model: ModelRoute, match: dict[str, Any]) -> Iterator[dict[str, Any]]:
    pinned = _with_header(match, {"name": SLOT_HEADER, "present_match": True})
    for asked, clients in ((pinned, _pinners(spec, model)), (match, _callers(spec, model))):
        yield {"match": asked, **_to_prober(model.model, _only(clients))}


def _to_prober(name: str, filters: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "route": {"cluster": PROBER_CLUSTER, "timeout": HEALTH_TIMEOUT},
        # The guard hides what a model server says when it fails; what the prober says is meant for the caller.
        "metadata": {"filter_metadata": {GUARD_FILTER: {"trusted": True}}},
        "typed_per_filter_config": filters,
    }


def _slot_routes(
    spec: GatewaySpec, model: ModelRoute, match: dict[str, Any], cluster_of: ClusterOf, mirror_of: ClusterOf | None
) -> Iterator[dict[str, Any]]:
    pinners = _only(_pinners(spec, model))
    for slot in model.slots:
        pinned = _with_header(match, _header_is(SLOT_HEADER, slot.slot))
        action = {"cluster": cluster_of(slot.model, slot.slot), **_action(spec)}
        yield {
            "name": model.model,
            "match": pinned,
            "route": action,
            "response_headers_to_add": _answered_by(slot),
            "typed_per_filter_config": pinners,
        }
    slots = " and ".join(slot.slot for slot in model.slots)
    unknown = _with_header(match, {"name": SLOT_HEADER, "present_match": True})
    text = f"Model {model.model} has no such slot; set {SLOT_HEADER} to one of {slots}, or leave it out."
    yield {**_refusal(unknown, 404, text), "name": model.model, "typed_per_filter_config": pinners}
    yield {
        **_user_route(spec, model, match, cluster_of, mirror_of),
        "name": model.model,
        "typed_per_filter_config": _only(_callers(spec, model)),
    }


def _user_route(
    spec: GatewaySpec, model: ModelRoute, match: dict[str, Any], cluster_of: ClusterOf, mirror_of: ClusterOf | None
) -> dict[str, Any]:
    if model.weights is None:
        return _refusal(match, 503, f"Model {model.model} takes no traffic yet; its first release is being checked.")
    shares = [
        {
            "name": cluster_of(slot.model, slot.slot),
            "weight": model.weights.get(slot.slot, 0),
            "response_headers_to_add": _answered_by(slot),
        }
        for slot in model.slots
    ]
    action = {"weighted_clusters": {"clusters": shares}, **_action(spec)}
    if model.mirror is not None and mirror_of is not None:
        slot, percent = model.mirror
        action["request_mirror_policies"] = [_mirror(mirror_of(model.model, slot), percent)]
    noted = {GUARD_FILTER: {"prediction": model.prediction}} if model.prediction else {}
    return {"match": match, "route": action, "metadata": {"filter_metadata": noted}}


def _action(spec: GatewaySpec) -> dict[str, Any]:
    return {"timeout": f"{spec.request_timeout_seconds}s", "retry_policy": RETRY_POLICY}


def _mirror(cluster: str, percent: int) -> dict[str, Any]:
    return {
        "cluster": cluster,
        "runtime_fraction": {"default_value": {"numerator": percent, "denominator": "HUNDRED"}},
        "disable_shadow_host_suffix_append": True,
    }


def _callers(spec: GatewaySpec, model: ModelRoute) -> list[str]:
    return [client.name for client in spec.clients if model.model in client.models]


def _pinners(spec: GatewaySpec, model: ModelRoute) -> list[str]:
    return [client.name for client in spec.clients if client.may_pin_slots and model.model in client.models]


def _only(names: Sequence[str]) -> dict[str, Any]:
    """Return the access filter's settings for a route that only these clients may use; no name means nobody."""
    rules: dict[str, Any] = {"action": "ALLOW", "policies": {}}
    if names:
        principals = [{"header": _header_is(CLIENT_HEADER, name)} for name in names]
        rules["policies"]["clients"] = {"permissions": [{"any": True}], "principals": principals}
    kind = "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBACPerRoute"
    return {ACCESS_FILTER: {"@type": kind, "rbac": {"rules": rules}}}


def _answered_by(slot: SlotEndpoint) -> list[dict[str, Any]]:
    return [_set(SLOT_HEADER, slot.slot), _set(RELEASE_HEADER, slot.release)]


def _refusal(match: dict[str, Any], status: int, text: str) -> dict[str, Any]:
    return {"name": "refused", "match": match, "direct_response": {"status": status, "body": {"inline_string": text}}}


def _with_header(match: dict[str, Any], header: dict[str, Any]) -> dict[str, Any]:
    return {**match, "headers": [*match.get("headers", []), header]}


def _header_is(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "string_match": {"exact": value}}


def _set(header: str, value: str) -> dict[str, Any]:
    return {"header": {"key": header, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def _disabled() -> dict[str, Any]:
    return {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}
