"""Which request goes to which slot of which model: routes of users, routes of those who may choose a slot, refusals.

The rules of a user's route carry weights, and a shift owns them: here they are a template without weights, and what a
route says before anybody was live. Each backend has filters of its own, which also makes the gateway count its
requests apart (docs/adr/0034-statistics-by-backend.md).

Source: https://gateway-api.sigs.k8s.io/reference/spec/
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.gateway_terms import GRPC_SERVICE
from components.kubernetes.cluster_site import API_VERSION_ENVOY, API_VERSION_GATEWAY, ENVOY_GROUP, GATEWAY_GROUP, Site
from components.kubernetes.document import Document
from components.kubernetes.object_names import SLOTS, object_name, slot_name
from components.kubernetes.triton import GRPC_PORT, HTTP_PORT
from serving.cluster.route_rules import LIVE, OWNER, PREVIOUS
from serving.gateway_names import MODEL_HEADER, ORIGIN_HEADER, RELEASE_HEADER, RELEASE_HEADER_DIGITS, SLOT_HEADER

ROUTES = ("HTTPRoute", "GRPCRoute")
"""Of a model's users, and of every slot."""
OWNED_BY_SHIFT = ["spec.rules", *(f'metadata.annotations["{name}"]' for name in (LIVE, PREVIOUS, OWNER))]
"""What Pulumi leaves alone in a user's route."""
HEALTH, HEALTH_PATH = "health", "/healthz"
NO_PATH = "no-such-path"
NO_MODEL = "no-such-model"


def user_route(site: Site, kind: str, model: str) -> Document:
    """Return the route of a model's users as it is until somebody is live: an answer in words.

    Args:
        site: The stack's place.
        kind: `HTTPRoute` or `GRPCRoute`.
        model: The model's name.
    """
    rules = [{"matches": _matches(kind, model), "filters": [_answer(not_yet_name(model))]}]
    return _route(site, kind, object_name(model), rules, model=model)


def rules_template(spec: Mapping[str, Any]) -> dict[str, list[Document]]:
    """Return the rules of a model's user routes without weights: `http` and `grpc`, with both slots in each.

    Args:
        spec: The model's plain values.
    """
    return {"http": [_user_rule("HTTPRoute", spec)], "grpc": [_user_rule("GRPCRoute", spec)]}


def pinned_route(site: Site, kind: str, spec: Mapping[str, Any], slot: str) -> Document:
    """Return the route to one slot, for who asks for it by name; a slot without a release answers in words."""
    model = spec["model"]
    rule: Document = {"matches": [_with_header(match, SLOT_HEADER, slot) for match in _matches(kind, model)]}
    if slot in spec["slots"]:
        rule |= {"filters": _rule_filters(model), "backendRefs": [_backend(kind, spec, slot)]}
    else:
        rule |= {"filters": [_answer(no_slot_name(model))]}
    return _route(site, kind, slot_name(model, slot), [rule], model=model, slot=slot)


def not_yet_name(model: str) -> str:
    """Return the name of the answer that users get before anybody is live."""
    return f"{object_name(model)}-not-yet"


def not_yet(site: Site, model: str) -> Document:
    """Return that answer."""
    text = f"Model {model} takes no traffic yet; its first release is being checked."
    return _refusal(site, not_yet_name(model), 503, text, site.labels("model", model=model))


def no_slot_name(model: str) -> str:
    """Return the name of the answer that who asks for a slot without a release gets."""
    return f"{object_name(model)}-no-slot"


def no_slot(site: Site, model: str) -> Document:
    """Return that answer."""
    text = f"That slot of model {model} has no release; set {SLOT_HEADER} to the other one, or leave it out."
    return _refusal(site, no_slot_name(model), 404, text, site.labels("model", model=model))


def refusals(site: Site) -> list[Document]:
    """Return what answers everything that no model takes.

    A gRPC call arrives here first: the guard then finds the model that its message names, and it is routed again.
    """
    labels = site.labels("gateway")
    no_path = (
        "There is no such model or path here. Call /v2/models/{model}/infer (POST), /v2/models/{model} or "
        "/v2/models/{model}/ready (GET)."
    )
    no_model = "There is no such model here. Call ModelInfer, ModelMetadata or ModelReady with the name of one."
    anywhere = [{"path": {"type": "PathPrefix", "value": "/"}}]
    any_call = [{"method": {"type": "Exact", "service": GRPC_SERVICE}}]
    return [
        _refusal(site, NO_PATH, 404, no_path, labels),
        _refusal(site, NO_MODEL, 404, no_model, labels),
        _route(site, "HTTPRoute", NO_PATH, [{"matches": anywhere, "filters": [_answer(NO_PATH)]}]),
        _route(site, "GRPCRoute", NO_MODEL, [{"matches": any_call, "filters": [_answer(NO_MODEL)]}]),
    ]


def health(site: Site) -> list[Document]:
    """Return what tells everybody that a proxy is there, such as a probe from outside; of the models it says nothing.

    Nothing is asked for it and no key is looked at, so it is no way to a model.
    """
    match = {"path": {"type": "Exact", "value": HEALTH_PATH}, "method": "GET"}
    return [
        _direct_answer(site, HEALTH, 200, {"status": "ok"}, site.labels("gateway")),
        _route(site, "HTTPRoute", HEALTH, [{"matches": [match], "filters": [_answer(HEALTH)]}]),
    ]


def target(kind: str, name: str) -> Document:
    """Return how a policy names what it is for."""
    return {"group": GATEWAY_GROUP, "kind": kind, "name": name}


def _user_rule(kind: str, spec: Mapping[str, Any]) -> Document:
    backends = [_backend(kind, spec, slot) for slot in SLOTS]
    return {
        "matches": _matches(kind, spec["model"]),
        "filters": _rule_filters(spec["model"]),
        "backendRefs": backends,
    }


def _backend(kind: str, spec: Mapping[str, Any], slot: str) -> Document:
    release = (spec["slots"].get(slot) or {}).get("release")
    headers = [{"name": SLOT_HEADER, "value": slot}]
    headers += [{"name": RELEASE_HEADER, "value": release["sha256"][:RELEASE_HEADER_DIGITS]}] if release else []
    return {
        "group": "",
        "kind": "Service",
        "name": slot_name(spec["model"], slot),
        "port": HTTP_PORT if kind == "HTTPRoute" else GRPC_PORT,
        "filters": [{"type": "ResponseHeaderModifier", "responseHeaderModifier": {"set": headers}}],
    }


def _matches(kind: str, model: str) -> list[Document]:
    if kind == "GRPCRoute":
        method = {"method": {"type": "Exact", "service": GRPC_SERVICE}}
        return [_with_header(method, MODEL_HEADER, model)]
    path = f"/v2/models/{model}"
    return [{"path": {"type": "Exact", "value": value}} for value in (f"{path}/infer", path, f"{path}/ready")]


def _with_header(match: Document, name: str, value: str) -> Document:
    header = {"type": "Exact", "name": name, "value": value}
    return {**match, "headers": [*match.get("headers", []), header]}


def _rule_filters(model: str) -> list[Document]:
    """Name the model for the access log; keep out of the server what only the gateway is to read."""
    request = {
        "set": [{"name": MODEL_HEADER, "value": model}],
        "remove": ["accept-encoding", "authorization", "cookie", ORIGIN_HEADER],
    }
    return [
        {"type": "RequestHeaderModifier", "requestHeaderModifier": request},
        {
            "type": "ResponseHeaderModifier",
            "responseHeaderModifier": {"set": [{"name": "x-request-id", "value": "%REQ(X-REQUEST-ID)%"}]},
        },
    ]


def _answer(name: str) -> Document:
    return {
        "type": "ExtensionRef",
        "extensionRef": {"group": ENVOY_GROUP, "kind": "HTTPRouteFilter", "name": name},
    }


def _refusal(site: Site, name: str, status: int, text: str, labels: dict[str, str]) -> Document:
    # An answer that names the request is the gateway's own; the guard lets no other words of a failure through.
    return _direct_answer(site, name, status, {"error": text, "request_id": "%REQ(X-REQUEST-ID)%"}, labels)


def _direct_answer(site: Site, name: str, status: int, said: Document, labels: dict[str, str]) -> Document:
    body = {"type": "Inline", "inline": json.dumps(said, separators=(",", ":"))}
    return {
        "apiVersion": API_VERSION_ENVOY,
        "kind": "HTTPRouteFilter",
        "metadata": site.metadata(name, labels),
        "spec": {"directResponse": {"statusCode": status, "contentType": "application/json", "body": body}},
    }


def _route(
    site: Site, kind: str, name: str, rules: Sequence[Document], *, model: str | None = None, slot: str | None = None
) -> Document:
    return {
        "apiVersion": API_VERSION_GATEWAY,
        "kind": kind,
        "metadata": site.metadata(name, site.labels("gateway", model=model, slot=slot)),
        "spec": {
            "parentRefs": [{"group": GATEWAY_GROUP, "kind": "Gateway", "name": "gateway"}],
            "rules": list(rules),
        },
    }
