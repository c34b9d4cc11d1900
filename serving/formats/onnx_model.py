"""The Triton model of an ONNX release: one `session.run` for all requests that Triton hands over.

Copied into the model repository as `model.py`, where nothing of this project can be imported.

Source: https://github.com/triton-inference-server/python_backend#usage
"""

# The names of the python backend that annotations speak of exist only once it has imported this module.
from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import triton_python_backend_utils as triton

Array = np.ndarray[Any, Any]


class TritonPythonModel:
    """What Triton's python backend looks for in `model.py`."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the model file that config.pbtxt names, with its number of threads."""
        config = json.loads(args["model_config"])
        parameters = {key: value["string_value"] for key, value in config["parameters"].items()}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(parameters["threads"])
        options.inter_op_num_threads = 1
        options.log_severity_level = 4  # a failed run is logged below, once
        # A spinning thread takes the core that the server and the gateway need.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        path = Path(args["model_repository"]) / args["model_version"] / parameters["model_file"]
        provider, settings = _provider(args)
        self._session = onnxruntime.InferenceSession(path, options, providers=[(provider, settings)])
        # ONNX Runtime itself goes on with the CPU, and a line in the log, where it finds no GPU.
        if provider not in self._session.get_providers():
            raise RuntimeError(f"{provider} cannot be used here, but this instance is to run on a GPU")
        self._inputs = [node.name for node in self._session.get_inputs()]
        self._flat_inputs = {node.name for node in self._session.get_inputs() if len(node.shape) == 1}
        self._outputs = [node["name"] for node in config["output"]]

    def execute(self, requests: Sequence[triton.InferenceRequest]) -> list[triton.InferenceResponse]:
        """Answer every request: in one run; or one by one if that fails, so that only the bad ones fail."""
        rows = [{name: self._array(request, name) for name in self._inputs} for request in requests]
        if len(rows) == 1:
            return [self._answer(rows[0])]
        together = {name: np.concatenate([row[name] for row in rows]) for name in self._inputs}
        try:
            arrays = self._run(together)
        except Exception:  # noqa: BLE001 - whatever it is, it concerns the one request that brings it again
            return [self._answer(row) for row in rows]
        ends = np.cumsum([0, *(len(row[self._inputs[0]]) for row in rows)])
        return [self._response([array[start:end] for array in arrays]) for start, end in pairwise(ends)]

    def _answer(self, row: dict[str, Array]) -> triton.InferenceResponse:
        try:
            return self._response(self._run(row))
        except Exception as error:  # noqa: BLE001 - one request's failure must not become another's
            triton.Logger.log_error(f"request failed: {error}")
            return triton.InferenceResponse(error=_refusal(error))

    def _response(self, arrays: Sequence[Array]) -> triton.InferenceResponse:
        return triton.InferenceResponse([triton.Tensor(*pair) for pair in zip(self._outputs, arrays, strict=True)])

    def _run(self, inputs: dict[str, Array]) -> list[Array]:
        # Triton knows no tensor of rows alone: one value per row is [rows, 1] for its callers.
        arrays = self._session.run(self._outputs, inputs)
        return [array.reshape(-1, 1) if array.ndim == 1 else array for array in arrays]

    def _array(self, request: triton.InferenceRequest, name: str) -> Array:
        array: Array = triton.get_input_tensor_by_name(request, name).as_numpy()
        if name in self._flat_inputs:
            array = array.reshape(-1)
        return _text(array) if array.dtype == object else array


def _provider(args: dict[str, str]) -> tuple[str, dict[str, str]]:
    if args.get("model_instance_kind") == "GPU":
        return "CUDAExecutionProvider", {"device_id": args["model_instance_device_id"]}
    return "CPUExecutionProvider", {}


def _text(array: Array) -> Array:
    return np.array([value.decode(errors="replace") for value in array.ravel()], dtype=object).reshape(array.shape)


def _refusal(error: Exception) -> triton.TritonError:
    # ONNX Runtime's text names nodes and paths of this machine: it stays in the log.
    if type(error).__name__ == "InvalidArgument":
        return triton.TritonError("the model cannot compute this input", triton.TritonError.INVALID_ARG)
    return triton.TritonError("the model failed on this input", triton.TritonError.INTERNAL)
