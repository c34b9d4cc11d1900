"""What every request passes on its way through the gateway: who calls, how much, how long, how often, what is sent.

Source: https://gateway.envoyproxy.io/docs/api/extension_types/
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components import gateway_terms as terms
from components.kubernetes.cluster_site import API_VERSION_ENVOY, Site
from components.kubernetes.document import Document
from components.kubernetes.duration import duration
from components.kubernetes.gateway_routes import HEALTH, NO_MODEL, NO_PATH, ROUTES, target
from components.kubernetes.object_names import SLOTS, object_name, slot_name
from components.request_guard import script
from serving.gateway_names import CLIENT_HEADER, KEY_HEADER, MODEL_HEADER, OPERATOR, ORIGIN_HEADER

KEYS_SECRET = "gateway-keys"  # noqa: S105 - the name of an object
GUARD = "request-guard"
_GATEWAY = target("Gateway", "gateway")


def closed_gateway(site: Site) -> Document:
    """Return the policy of every route that has none of its own: a key is needed, and nobody may pass."""
    return _security(site, "gateway", [_GATEWAY], ())


def open_refusals(site: Site, clients: Sequence[str]) -> Document:
    """Return the policy of what answers that there is no such model: everybody with a key may read that."""
    routes = [target("HTTPRoute", NO_PATH), target("GRPCRoute", NO_MODEL)]
    return _security(site, "refusals", routes, [*clients, OPERATOR])


def open_health(site: Site) -> Document:
    """Return the policy of what tells whether the gateway is there: everybody may ask, without a key."""
    allowed = {"authorization": {"defaultAction": "Allow"}}
    return _policy(site, "SecurityPolicy", HEALTH, allowed, targets=[target("HTTPRoute", HEALTH)])


def model_access(site: Site, model: str, clients: Mapping[str, Any]) -> list[Document]:
    """Return who may call a model, and who may choose its slot."""
    callers = [name for name, client in sorted(clients.items()) if model in client["models"]]
    pinners = [name for name in callers if clients[name]["may_pin_slots"]]
    name = object_name(model)
    pinned = [target(kind, slot_name(model, slot)) for kind in ROUTES for slot in SLOTS]
    users = [target(kind, name) for kind in ROUTES]
    return [
        _security(site, name, users, [*callers, OPERATOR], model=model),
        _security(site, f"{name}-pinned", pinned, [*pinners, OPERATOR], model=model),
    ]


def client_traffic(site: Site, spec: Mapping[str, Any]) -> Document:
    """Return the limits towards callers, and what a caller may not say of itself."""
    return _policy(
        site,
        "ClientTrafficPolicy",
        "gateway",
        {
            "path": {"escapedSlashesAction": "RejectRequest", "disableMergeSlashes": False},
            "headers": {
                "earlyRequestHeaders": {"remove": [CLIENT_HEADER, MODEL_HEADER]},
                "requestID": "PreserveOrGenerate",
                "withUnderscoresAction": "RejectRequest",
            },
            "timeout": {
                "http": {
                    "requestReceivedTimeout": duration(spec["request_timeout_seconds"]),
                    "idleTimeout": terms.CALLER_IDLE,
                },
            },
            "connection": {
                "connectionLimit": {"value": terms.MAX_CONNECTIONS},
                # A body is held until the guard has read all of it.
                "bufferLimit": str(spec["max_request_bytes"]),
            },
            "http2": {"maxConcurrentStreams": terms.MAX_STREAMS},
            **({"tls": {"minVersion": "1.2"}} if site.tls_secret else {}),
        },
    )


def backend_traffic(site: Site, spec: Mapping[str, Any]) -> Document:
    """Return what holds between gateway and model servers: time, retries, breakers, how often one client may call."""
    return _policy(
        site,
        "BackendTrafficPolicy",
        "gateway",
        {
            "timeout": {
                "tcp": {"connectTimeout": terms.CONNECT_TIMEOUT},
                "http": {
                    "requestTimeout": duration(spec["request_timeout_seconds"]),
                    "connectionIdleTimeout": terms.UPSTREAM_IDLE,
                },
            },
            # Envoy Gateway has no retry at another backend of a rule.
            "retry": {
                "numRetries": terms.RETRIES,
                "retryOn": {"triggers": list(terms.RETRY_TRIGGERS)},
                "perRetry": {"backOff": {"baseInterval": "10ms", "maxInterval": "100ms"}},
            },
            "circuitBreaker": {
                "maxConnections": terms.MAX_REQUESTS,
                "maxPendingRequests": terms.MAX_REQUESTS,
                "maxParallelRequests": terms.MAX_REQUESTS,
                "maxParallelRetries": terms.MAX_REQUESTS,
            },
            "healthCheck": {"passive": _outliers()},
            "requestBuffer": {"limit": str(spec["max_request_bytes"])},
            "rateLimit": {"type": "Local", "local": {"rules": _rate_rules(spec)}},
            "responseOverride": _words(spec),
        },
    )


def request_guard(site: Site) -> Document:
    """Return the guard, the same script as on one machine."""
    lua = [{"type": "Inline", "inline": script("endpoints")}]
    return _policy(site, "EnvoyExtensionPolicy", GUARD, {"lua": lua})


def _outliers() -> Document:
    return {
        "consecutive5XxErrors": 5,
        "consecutiveLocalOriginFailures": 3,
        "splitExternalLocalOriginErrors": True,
        "interval": "1s",
        "baseEjectionTime": "5s",
        # A slot with one pod must not be without any: what fails then is the shift's to see.
        "maxEjectionPercent": 50,
    }


def _rate_rules(spec: Mapping[str, Any]) -> list[Document]:
    each = {"name": CLIENT_HEADER, "type": "Distinct"}
    # A gate loads a fast model with more than this. All rules that match a request hold, so it is left out here.
    but = {"name": CLIENT_HEADER, "type": "Exact", "value": OPERATOR, "invert": True}
    rules = [{"clientSelectors": [{"headers": [each, but]}], "limit": _per_second(spec["requests_per_second"])}]
    for client, limit in sorted(spec["client_requests_per_second"].items()):
        one = {"name": CLIENT_HEADER, "type": "Exact", "value": client}
        rules.append({"clientSelectors": [{"headers": [one]}], "limit": _per_second(limit)})
    return rules


def _per_second(requests: int) -> Document:
    return {"requests": requests, "unit": "Second"}


def _words(spec: Mapping[str, Any]) -> list[Document]:
    """Say in words what only the gateway answers; no model server uses these statuses."""
    said = {
        401: terms.KEY_NEEDED,
        403: "This client may not call this model, or not choose its slot; add the model to the client, or set "
        "may_pin_slots for it.",
        413: terms.too_large(spec["max_request_bytes"]),
        429: "This client has sent too many requests; wait a second.",
    }
    return [
        {
            "match": {"statusCodes": [{"type": "Value", "value": status}]},
            "response": {
                "contentType": "application/json",
                "body": {"type": "Inline", "inline": f'{{"error":"{text}"}}'},
            },
        }
        for status, text in said.items()
    ]


def _security(
    site: Site, name: str, targets: Sequence[Document], clients: Sequence[str], *, model: str | None = None
) -> Document:
    spec = {
        "apiKeyAuth": {
            "credentialRefs": [{"group": "", "kind": "Secret", "name": KEYS_SECRET}],
            "extractFrom": [{"headers": [KEY_HEADER]}],
            "forwardClientIDHeader": CLIENT_HEADER,
            "sanitize": True,
        },
        "authorization": {"defaultAction": "Deny", "rules": list(_allowed(site, clients))},
    }
    return _policy(site, "SecurityPolicy", name, spec, targets=targets, model=model)


def _allowed(site: Site, clients: Sequence[str]) -> Iterator[Document]:
    """Yield who may pass: behind a firewall clients with what it sends, and gates, which call from inside, without."""
    if not clients:
        return
    if site.origin is None:
        yield _allow("clients", clients)
        return
    people = [client for client in clients if client != OPERATOR]
    if people:
        yield _allow("clients", people, {"name": ORIGIN_HEADER, "values": [site.origin.secret]})
    if people and site.origin.grpc_apart:
        grpc = {"path": {"type": "PathPrefix", "value": f"/{terms.GRPC_SERVICE}/"}}
        yield {**_allow("grpc", people), "operation": grpc}
    yield _allow("operator", [OPERATOR])


def _allow(name: str, clients: Sequence[str], *more: Document) -> Document:
    who = {"name": CLIENT_HEADER, "values": list(clients)}
    return {"name": name, "action": "Allow", "principal": {"headers": [who, *more]}}


def _policy(
    site: Site,
    kind: str,
    name: str,
    spec: Document,
    *,
    targets: Sequence[Document] = (_GATEWAY,),
    model: str | None = None,
) -> Document:
    return {
        "apiVersion": API_VERSION_ENVOY,
        "kind": kind,
        "metadata": site.metadata(name, site.labels("gateway", model=model)),
        "spec": {"targetRefs": list(targets), **spec},
    }
