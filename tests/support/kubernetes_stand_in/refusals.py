"""How a failure reaches the engine: as a sentence, or with the half-made object so that the state does not lose it."""

from collections.abc import Mapping
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from tests.support.kubernetes_stand_in.waiting import NotReadyError
from tests.support.stand_in import wire
from tests.support.stand_in.plugin import Context

_DETAILS = "grpc-status-details-bin"


def fail(context: Context, message: str) -> NoReturn:
    """End a call with a sentence."""
    context.abort(grpc.StatusCode.UNKNOWN, f"{message} (from the stand-in for kubernetes)")
    raise AssertionError(message)


def not_ready(
    context: Context, error: NotReadyError, identifier: str, outputs: Mapping[str, Any], asked: struct_pb2.Struct
) -> NoReturn:
    """End a call with an object that exists but is not ready.

    Args:
        context: The call.
        error: Why it is not.
        identifier: Its id.
        outputs: What is known of it.
        asked: What was asked for, as the engine sent it.
    """
    message = f"{outputs.get('kind', 'object')} {identifier} is not ready (from the stand-in for kubernetes)"
    detail = provider_pb2.ErrorResourceInitFailed(
        id=identifier, properties=wire.struct(wire.marked(outputs, asked)), reasons=error.reasons, inputs=asked
    )
    packed = any_pb2.Any()
    packed.Pack(detail)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=message, details=[packed])
    context.set_trailing_metadata(((_DETAILS, status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError(message)
