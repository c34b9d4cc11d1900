"""What the stand-in says in the engine's own progress display."""

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_SECONDS = 5


class EngineLog:
    """The log of one engine.

    Args:
        address: Where the engine listens; empty when it does not say.
    """

    def __init__(self, address: str) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address)) if address else None

    def say(self, urn: str, text: str, *, problem: bool = False, lasting: bool = False) -> None:
        """Show a sentence beside a resource.

        Args:
            urn: The resource; empty for the stack.
            text: The sentence.
            problem: It is a warning.
            lasting: It stays in the diagnostics that end a run; otherwise the next sentence takes its place.
        """
        severity = engine_pb2.WARNING if problem else engine_pb2.INFO
        request = engine_pb2.LogRequest(severity=severity, message=text, urn=urn, ephemeral=not (problem or lasting))
        if self._engine is None:
            return
        try:
            self._engine.Log(request, timeout=_SECONDS)
        except grpc.RpcError:
            # The engine may be gone already; the wait is not the poorer for it.
            self._engine = None
