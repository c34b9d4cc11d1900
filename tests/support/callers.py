"""How a user calls a model through the gateway: plain HTTP, and NVIDIA's own clients for binary tensors and gRPC."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import tritonclient.grpc
import tritonclient.http

Array = np.ndarray[Any, Any]

TIMEOUT_SECONDS = 10


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One HTTP answer; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)


def ask(url: str, path: str, body: bytes | None = None, method: str | None = None, **headers: str) -> Reply:
    """Send one request over a connection of its own; in header names `_` stands for `-`."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_SECONDS)
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method or ("GET" if body is None else "POST"), path, body, sent)
        response = connection.getresponse()
        received = {name.lower(): value for name, value in response.getheaders()}
        return Reply(status=response.status, headers=received, content=response.read())
    finally:
        connection.close()


def infer(url: str, model: str, inputs: Mapping[str, Array], **headers: str) -> Reply:
    """Ask a model with a JSON body of FP32 tensors."""
    tensors = [
        {"name": name, "datatype": "FP32", "shape": list(array.shape), "data": array.ravel().tolist()}
        for name, array in inputs.items()
    ]
    body = json.dumps({"inputs": tensors}).encode()
    return ask(url, f"/v2/models/{model}/infer", body, content_type="application/json", **headers)


def outputs_of(reply: Reply) -> dict[str, Array]:
    """Read the outputs of a JSON answer."""
    assert reply.status == 200, f"status {reply.status}: {reply.content[:300]!r}"
    return {output["name"]: np.array(output["data"]).reshape(output["shape"]) for output in reply.body["outputs"]}


def by_binary_tensors(url: str, key: str, model: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Ask a model by REST with tensors as raw bytes in both directions."""
    with tritonclient.http.InferenceServerClient(urlsplit(url).netloc) as client:
        tensors = [_tensor(tritonclient.http, name, array) for name, array in inputs.items()]
        return _arrays(client.infer(model, tensors, headers={"x-api-key": key}))


def by_grpc(url: str, key: str, model: str, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Ask a model by gRPC."""
    with tritonclient.grpc.InferenceServerClient(urlsplit(url).netloc) as client:
        tensors = [_tensor(tritonclient.grpc, name, array) for name, array in inputs.items()]
        return _arrays(client.infer(model, tensors, headers={"x-api-key": key}))


def _tensor(protocol: Any, name: str, array: Array) -> Any:
    tensor = protocol.InferInput(name, list(array.shape), "FP32")
    tensor.set_data_from_numpy(array)
    return tensor


def _arrays(result: Any) -> dict[str, Array]:
    answer = result.get_response()
    outputs = answer["outputs"] if isinstance(answer, dict) else answer.outputs
    names = [output["name"] if isinstance(output, dict) else output.name for output in outputs]
    return {name: result.as_numpy(name) for name in names}
