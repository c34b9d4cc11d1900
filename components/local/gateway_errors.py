"""What callers read when the gateway itself answers: short JSON that says what to do, or the same as a gRPC status."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components import gateway_terms as terms
from components.local.gateway_spec import GatewaySpec
from serving.gateway_names import SLOT_HEADER

CLIENT = "%REQ(X-SLIPWAY-CLIENT)%"
REQUEST_ID = "%REQ(X-REQUEST-ID)%"
ORIGINAL = "%LOCAL_REPLY_BODY%"
# gRPC's own words where Envoy's translation of an HTTP status would mislead.
DEADLINE_EXCEEDED = 4
NOT_FOUND = 5
RESOURCE_EXHAUSTED = 8
# No healthy host, connection failed or ended, too many requests, retries used up.
UPSTREAM_FLAGS = ["UH", "UF", "UC", "UO", "UR", "URX", "LH", "LR"]


@dataclass(frozen=True, kw_only=True)
class LocalReply:
    """A text of ours for an answer that Envoy makes.

    Args:
        conditions: Envoy's access log filters; this text is used when all of them hold.
        text: What the caller reads; may hold Envoy's command operators.
        grpc_status: What a gRPC caller gets; None for Envoy's own translation of the HTTP status.
    """

    conditions: Sequence[dict[str, Any]]
    text: str
    grpc_status: int | None = None


def local_replies(spec: GatewaySpec) -> dict[str, Any]:
    """Return the `local_reply_config` of the connection manager; the first text whose conditions hold is used."""
    replies = [mapper for reply in _replies(spec) for mapper in (_grpc_mapper(reply), _json_mapper(reply))]
    live = {"filter": _status(200), "body_format_override": {"json_format": {"live": True}}}
    other = {"filter": _is_grpc(), "body_format_override": _text_body(ORIGINAL)}
    return {"mappers": [live, *replies, other], "body_format": _json_body(ORIGINAL)}


def _replies(spec: GatewaySpec) -> list[LocalReply]:
    seconds = f"{spec.request_timeout_seconds:g} s"
    return [
        LocalReply(
            conditions=[_status(400), _header("x-request-id", present=False)],
            text="The request is not well-formed HTTP, or its path holds escaped slashes.",
        ),
        LocalReply(conditions=[_status(401)], text=terms.KEY_NEEDED),
        LocalReply(
            conditions=[_status(403), _header(SLOT_HEADER, present=True)],
            text=f"Client {CLIENT} may not choose the slot of this model; leave x-slipway-slot out, or set "
            "may_pin_slots for this client.",
        ),
        LocalReply(
            conditions=[_status(403)],
            text=f"Client {CLIENT} may not call this model; add the model to gateway.clients.{CLIENT}.models.",
        ),
        LocalReply(conditions=[_status(404)], text=ORIGINAL, grpc_status=NOT_FOUND),
        LocalReply(conditions=[_status(408)], text=f"The request did not arrive within {seconds}; send it faster."),
        LocalReply(
            conditions=[_status(413)],
            text=terms.too_large(spec.max_request_bytes),
            grpc_status=RESOURCE_EXHAUSTED,
        ),
        LocalReply(conditions=[_status(431)], text="The headers are too many or too large; send fewer."),
        LocalReply(
            conditions=[_status(503), {"response_flag_filter": {"flags": UPSTREAM_FLAGS}}],
            text="The model server does not answer or has too much to do; try again in a moment.",
        ),
        LocalReply(
            conditions=[_status(504)],
            text=f"The model did not answer within {seconds}; send fewer rows at once or try again.",
            grpc_status=DEADLINE_EXCEEDED,
        ),
    ]


def _json_mapper(reply: LocalReply) -> dict[str, Any]:
    return {"filter": _all_of(reply.conditions), "body_format_override": _json_body(reply.text)}


def _grpc_mapper(reply: LocalReply) -> dict[str, Any]:
    conditions = [_is_grpc(), *reply.conditions]
    mapper: dict[str, Any] = {"filter": _all_of(conditions), "body_format_override": _text_body(reply.text)}
    if reply.grpc_status is not None:
        status = {"key": "grpc-status", "value": str(reply.grpc_status)}
        mapper["headers_to_add"] = [{"header": status, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}]
    return mapper


def _status(code: int) -> dict[str, Any]:
    value = {"default_value": code, "runtime_key": "slipway.local_reply"}
    return {"status_code_filter": {"comparison": {"op": "EQ", "value": value}}}


def _header(name: str, *, present: bool) -> dict[str, Any]:
    return {"header_filter": {"header": {"name": name, "present_match": present}}}


def _is_grpc() -> dict[str, Any]:
    match = {"name": "content-type", "string_match": {"prefix": "application/grpc"}}
    return {"header_filter": {"header": match}}


def _all_of(filters: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return filters[0] if len(filters) == 1 else {"and_filter": {"filters": list(filters)}}


def _json_body(text: str) -> dict[str, Any]:
    return {"json_format": {"error": text, "request_id": REQUEST_ID}}


def _text_body(text: str) -> dict[str, Any]:
    return {"text_format_source": {"inline_string": text}}
