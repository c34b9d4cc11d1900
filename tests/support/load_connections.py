"""How the load driver sends: REST over sockets of its own, because a general client would cost more than the model.

Every request ends in exactly one call of its `done`, with an answer or with the reason why there is none.
"""

import json
import os
import selectors
import socket
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, cast

import grpc
from tritonclient.grpc import service_pb2

METHOD = "/inference.GRPCInferenceService/ModelInfer"
READ_BYTES = 65536
OK = 200


@dataclass(kw_only=True, eq=False)
class Request:
    """One request: which row, how it goes, when it was due and when it was sent."""

    kind: str
    row: int
    due: float
    sent: float


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back; `lost` says why nothing did, and then the rest is empty."""

    status: str = ""
    slot: str = ""
    release: str = ""
    label: int | None = None
    text: str = ""
    lost: str = ""


Done = Callable[[Request, Answer], None]


class Sender(Protocol):
    """One way to send requests."""

    def send(self, request: Request) -> None:
        """Send one; its answer is told later."""

    def give_up(self, request: Request) -> None:
        """Do not wait for its answer any more."""


@dataclass(kw_only=True)
class Rest:
    """REST requests, each over a connection that is kept alive, or over a new one."""

    address: tuple[str, int]
    messages: list[bytes]
    output: str
    fresh: bool
    selector: selectors.BaseSelector
    done: Done
    idle: deque["_Connection"] = field(default_factory=deque)
    busy: dict[Request, "_Connection"] = field(default_factory=dict)

    def send(self, request: Request) -> None:
        connection = self.idle.popleft() if self.idle and not self.fresh else _Connection(self)
        self.busy[request] = connection
        connection.send(request, self.messages[request.row])

    def give_up(self, request: Request) -> None:
        self.busy[request].end("no answer in time")

    def answered(self, request: Request, answer: Answer) -> None:
        del self.busy[request]
        self.done(request, answer)


class _Connection:
    """One TCP connection with one request in flight at most."""

    def __init__(self, rest: Rest) -> None:
        self.rest = rest
        self.request: Request | None = None
        self.unsent, self.received = b"", b""
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.connect_ex(rest.address)
        self.rest.selector.register(self.socket, selectors.EVENT_READ, self.ready)

    def send(self, request: Request, message: bytes) -> None:
        self.request, self.unsent, self.received = request, message, b""
        self._write()

    def ready(self, mask: int) -> None:
        """Go on when the socket can; it may be closed by what came before in the same round."""
        if mask & selectors.EVENT_WRITE and not self._is_closed():
            self._write()
        if mask & selectors.EVENT_READ and not self._is_closed():
            self._read()

    def _is_closed(self) -> bool:
        return self.socket.fileno() < 0

    def _write(self) -> None:
        try:
            self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            self.end(type(error).__name__)
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.unsent else 0)
        if self.rest.selector.get_key(self.socket).events != events:
            self.rest.selector.modify(self.socket, events, self.ready)

    def _read(self) -> None:
        try:
            data = self.socket.recv(READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.end(type(error).__name__)
            return
        if not data:
            self.end("connection closed without an answer")
            return
        self.received += data
        parsed = _parsed(self.received)
        if parsed and self.request:
            self._answered(*parsed)

    def _answered(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        request, self.request = self.request, None
        if self.rest.fresh or headers.get("connection") == "close":
            self._close()
        else:
            self.rest.idle.append(self)
        answer = Answer(
            status=str(status),
            slot=headers.get("x-slipway-slot", ""),
            release=headers.get("x-slipway-release", ""),
            label=_label(body, self.rest.output) if status == OK else None,
            text=body[:200].decode(errors="replace"),
        )
        self.rest.answered(cast("Request", request), answer)

    def end(self, reason: str) -> None:
        self._close()
        if self.request:
            self.rest.answered(self.request, Answer(lost=reason))
        elif self in self.rest.idle:
            self.rest.idle.remove(self)

    def _close(self) -> None:
        self.rest.selector.unregister(self.socket)
        self.socket.close()


class Grpc:
    """gRPC calls, over one channel or each over a new one."""

    def __init__(
        self, address: tuple[str, int], messages: list[bytes], output: str, *, key: str, fresh: bool, done: Done
    ) -> None:
        self.target, self.messages, self.output, self.fresh, self.done = (
            "{}:{}".format(*address),
            messages,
            output,
            fresh,
            done,
        )
        self.metadata = (("x-api-key", key),)
        self.channel = None if fresh else self._channel()
        self.calls: dict[Request, Any] = {}
        self.finished: deque[tuple[Request, Any, Any]] = deque()
        # gRPC calls back in threads of its own; only the driver's thread counts.
        self.reader, self.writer = os.pipe()

    def send(self, request: Request) -> None:
        channel = self.channel or self._channel()
        call = channel.unary_unary(METHOD).future(self.messages[request.row], metadata=self.metadata)
        self.calls[request] = call
        call.add_done_callback(lambda call: self._finished(request, call, channel))

    def give_up(self, request: Request) -> None:
        self.calls[request].cancel()

    def ready(self, _mask: int) -> None:
        """Tell what has come back."""
        os.read(self.reader, READ_BYTES)
        while self.finished:
            request, call, channel = self.finished.popleft()
            del self.calls[request]
            if self.fresh:
                channel.close()
            self.done(request, _grpc_answer(call, self.output))

    def _finished(self, request: Request, call: Any, channel: Any) -> None:
        self.finished.append((request, call, channel))
        os.write(self.writer, b"1")

    def _channel(self) -> Any:
        return grpc.insecure_channel(self.target, [("grpc.use_local_subchannel_pool", 1)])


def _parsed(received: bytes) -> tuple[int, dict[str, str], bytes] | None:
    head, found, body = received.partition(b"\r\n\r\n")
    if not found:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        complete = body.endswith(b"0\r\n\r\n")
    else:
        complete = len(body) >= int(headers.get("content-length", 0))
    return (int(first.split(" ", 2)[1]), headers, body) if complete else None


def _label(body: bytes, output: str) -> int | None:
    try:
        outputs = json.loads(body)["outputs"]
        (label,) = next(found["data"] for found in outputs if found["name"] == output)
    except (ValueError, KeyError, StopIteration):
        return None
    return cast("int", label)


def _grpc_answer(call: Any, output: str) -> Answer:
    told = {**dict(call.initial_metadata() or ()), **dict(call.trailing_metadata() or ())}
    # The gateway names every request that it answers; without that name nobody answered.
    if call.code() is not grpc.StatusCode.OK and "x-request-id" not in told:
        return Answer(lost=f"gRPC {call.code().name}: {call.details()}")
    good = call.code() is grpc.StatusCode.OK
    return Answer(
        status="200" if good else f"gRPC {call.code().name}",
        slot=str(told.get("x-slipway-slot", "")),
        release=str(told.get("x-slipway-release", "")),
        label=_grpc_label(call.result(), output) if good else None,
        text=call.details() or "",
    )


def _grpc_label(body: bytes, output: str) -> int | None:
    response = service_pb2.ModelInferResponse.FromString(body)
    names = [found.name for found in response.outputs]
    if output not in names or len(response.raw_output_contents) <= names.index(output):
        return None
    return int.from_bytes(response.raw_output_contents[names.index(output)], "little", signed=True)
