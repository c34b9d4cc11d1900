"""A small client of the KServe v2 REST protocol, JSON bodies, over one kept-alive connection.

Not for users of the models (any KServe v2 client serves them): the gate, the prober and the tests ask with it.

Source: https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol
"""

import json
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from http.client import HTTP_PORT, HTTPConnection, HTTPException
from typing import Any, Self
from urllib.parse import quote

import numpy as np

from serving.arrays import Array
from serving.datatypes import NUMPY_TYPES, Datatype
from serving.errors import ConfigurationError
from serving.manifest import Tensor

ADDRESS = re.compile(r"http://(?P<host>[\w.-]+)(:(?P<port>\d{1,5}))?/?")
MESSAGE_CHARACTERS = 300


class InferenceError(Exception):
    """An endpoint did not answer with a result; `status` is None when there was no HTTP answer at all."""

    def __init__(self, status: int | None, message: str) -> None:
        super().__init__(f"{'no answer' if status is None else f'status {status}'}: {message}")
        self.status = status
        self.message = message


def infer_request(inputs: Mapping[str, Array], tensors: Sequence[Tensor]) -> dict[str, Any]:
    """Build the JSON body of an inference; each array is converted to the datatype of its tensor."""
    return {
        "inputs": [
            {
                "name": tensor.name,
                "shape": list(inputs[tensor.name].shape),
                "datatype": tensor.datatype,
                "data": _plain(inputs[tensor.name], tensor.datatype),
            }
            for tensor in tensors
        ]
    }


def encoded(inputs: Mapping[str, Array], tensors: Sequence[Tensor]) -> bytes:
    """Write the body of an inference as it is sent."""
    return json.dumps(infer_request(inputs, tensors)).encode()


def infer_response(body: Mapping[str, Any]) -> dict[str, Array]:
    """Read the outputs of an inference answer, `{output name: array}`; BYTES become text.

    Raises:
        ValueError: the body is not an inference answer.
    """
    try:
        return {
            output["name"]: np.array(output["data"], dtype=NUMPY_TYPES[output["datatype"]]).reshape(output["shape"])
            for output in body["outputs"]
        }
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"not a KServe v2 inference answer ({type(error).__name__}: {error})") from error


class Endpoint:
    """One connection to a model server or gateway. Not shared between threads: each takes its own.

    A failed call closes the connection and the next call opens a new one; nothing is retried.
    """

    def __init__(self, url: str, headers: Mapping[str, str] | None = None, timeout_seconds: float = 10) -> None:
        address = ADDRESS.fullmatch(url)
        if not address:
            raise ConfigurationError(f"{url!r} is no endpoint; give one like http://127.0.0.1:8080.")
        self._headers = dict(headers or {})
        port = int(address["port"] or HTTP_PORT)
        self._connection = HTTPConnection(address["host"], port, timeout=timeout_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def infer(self, model: str, inputs: Mapping[str, Array], manifest_inputs: Sequence[Tensor]) -> dict[str, Array]:
        """Ask a model; every input has the same number of rows.

        Raises:
            InferenceError: refused, failed, not reached, or answered with something else than outputs.
        """
        return self.infer_encoded(model, encoded(inputs, manifest_inputs))

    def infer_encoded(self, model: str, body: bytes) -> dict[str, Array]:
        """Ask a model with a body that `encoded` wrote before; whoever measures latency measures only this.

        Raises:
            InferenceError: as for `infer`.
        """
        status, answer = self._call("POST", f"/v2/models/{quote(model, safe='')}/infer", body)
        try:
            return infer_response(answer)
        except ValueError as error:
            raise InferenceError(status, str(error)) from error

    def metadata(self, model: str) -> dict[str, Any]:
        """Ask for a model's name, versions, inputs and outputs.

        Raises:
            InferenceError: as for `infer`.
        """
        return self._call("GET", f"/v2/models/{quote(model, safe='')}", None)[1]

    def close(self) -> None:
        """Close the connection. A model server that drains waits for those that are idle, so do not forget it."""
        self._connection.close()

    def _call(self, method: str, path: str, body: bytes | None) -> tuple[int, dict[str, Any]]:
        headers = self._headers | ({"content-type": "application/json"} if body else {})
        try:
            self._connection.request(method, path, body, headers)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as error:
            self.close()
            raise InferenceError(None, str(error) or type(error).__name__) from error
        answer = _document(content)
        if response.status != HTTPStatus.OK or answer is None:
            raise InferenceError(response.status, _message(content, answer))
        return response.status, answer


def _plain(array: Array, datatype: Datatype) -> list[Any]:
    if datatype == "BYTES":
        return [value.decode() if isinstance(value, bytes) else str(value) for value in array.ravel()]
    values: list[Any] = array.astype(NUMPY_TYPES[datatype]).ravel().tolist()
    return values


def _document(content: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(content)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None


def _message(content: bytes, answer: Mapping[str, Any] | None) -> str:
    text = answer["error"] if answer and "error" in answer else content.decode(errors="replace")
    return str(text)[:MESSAGE_CHARACTERS] or "an empty answer"
