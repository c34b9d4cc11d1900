"""A KServe v2 endpoint over HTTP whose slots are made-up connections, picked by a header like a gateway's."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np

from tests.support.gated_slots import FakeConnection
from tests.support.http_server import serving_by

Array = np.ndarray[Any, Any]

DATATYPES = {"int64": "INT64", "float32": "FP32", "float64": "FP64"}


@dataclass
class SlotEndpoint:
    """Where the slots are asked, and the headers that they were asked with, names in lower case."""

    url: str
    slots: Mapping[str, FakeConnection]
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def endpoint(slots: Mapping[str, FakeConnection]) -> Iterator[SlotEndpoint]:
    """Serve slots until the block ends."""
    with serving_by(_Handler) as server:
        found = SlotEndpoint(f"http://127.0.0.1:{server.server_port}", slots)
        server.found = found  # type: ignore[attr-defined]
        yield found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(self._slot().metadata("digits"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        outputs = self._slot().infer_encoded("digits", body)
        self._answer({"outputs": [_tensor(name, array) for name, array in outputs.items()]})

    def _slot(self) -> FakeConnection:
        found: SlotEndpoint = self.server.found  # type: ignore[attr-defined]
        found.headers.append({name.lower(): value for name, value in self.headers.items()})
        return found.slots[self.headers["x-slipway-slot"]]

    def _answer(self, document: dict[str, Any]) -> None:
        content = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _tensor(name: str, array: Array) -> dict[str, Any]:
    datatype = DATATYPES[str(array.dtype)]
    return {"name": name, "datatype": datatype, "shape": array.shape, "data": array.ravel().tolist()}
