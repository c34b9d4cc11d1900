"""Whether the `pulumi up` that asked for something still waits for it.

A dynamic provider is not told. The engine does tell the SDK's server, which drops it: `Cancel` there does nothing. So
this module gives that one method another body; see docs/adr/0003-dynamic-providers.md. An engine that was killed
tells nobody, so its process is looked at too.
"""

import sys
import threading
from collections.abc import Callable
from types import FunctionType

import psutil

_ENGINE = "pulumi"
_CANCELLED = threading.Event()


def attended() -> Callable[[], bool]:
    """Return a question: does the engine that runs now still run, and has nobody asked it to stop?"""
    _hear_cancellation()
    engine = _engine()
    return lambda: not _CANCELLED.is_set() and (engine is None or engine.is_running())


def note_cancellation() -> None:
    """Take note that the engine wants to stop."""
    _CANCELLED.set()


def _hear_cancellation() -> None:
    servicer = getattr(sys.modules["__main__"], "DynamicResourceProviderServicer", None)
    cancel = getattr(servicer, "Cancel", None)
    # The server holds the method itself, so it must stay the same object.
    if isinstance(cancel, FunctionType):
        cancel.__code__ = _cancel.__code__


def _cancel(self, request, context):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, ARG001 - the SDK's own
    from components.local.attendance import note_cancellation  # noqa: PLC0415 - it runs with the SDK's globals

    note_cancellation()
    return empty_pb2.Empty()  # type: ignore[name-defined]  # noqa: F821 - one of them


def _engine() -> psutil.Process | None:
    return next((process for process in psutil.Process().parents() if process.name() == _ENGINE), None)
