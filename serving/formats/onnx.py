"""ONNX models, computed by ONNX Runtime: in this process while packing, by Triton's python backend when served.

Limits: rows come first in every input and their number is free; the other sizes are fixed; outputs are tensors.
One value per row (`[rows]` in the file) is `[rows, 1]` for every caller, as Triton knows no tensor of rows alone.
Weights in separate files ("external data") are followed.

Source: https://onnxruntime.ai/docs/api/python/api_summary.html, https://onnx.ai/onnx/repo-docs/ExternalData.html
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx.external_data_helper import ExternalDataInfo, uses_external_data

from serving.arrays import Array
from serving.datatypes import ONNX_TYPES
from serving.errors import ConfigurationError
from serving.formats import OpenModel
from serving.manifest import Tensor

ROWS_AT_ONCE = 256


def open_model(path: Path) -> OpenModel:
    """Read an ONNX file, and everything that it refers to.

    Raises:
        ConfigurationError: not a model ONNX Runtime can run, or a signature outside the limits above; all problems.
    """
    if not path.is_file():
        raise ConfigurationError(f"{path}: no such file; give the path of an ONNX model.")
    try:
        proto = onnx.load(path, load_external_data=False)
        session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ConfigurationError(
            f"{path} cannot be read as an ONNX model ({_first_line(error)}); export it again, "
            f"for ONNX Runtime {onnxruntime.__version__} or older."
        ) from error
    problems = [*map(_input_problem, session.get_inputs()), *map(_output_problem, session.get_outputs())]
    if any(problems):
        raise ConfigurationError("\n".join(f"{path}: {problem}" for problem in problems if problem))
    return OpenModel(
        inputs=tuple(
            Tensor(name=node.name, datatype=ONNX_TYPES[node.type], shape=(-1, *(node.shape[1:] or [1])))
            for node in session.get_inputs()
        ),
        data_files=_external_files(proto),
        frameworks=_frameworks(proto),
        run=lambda inputs: _run(session, inputs),
    )


def _input_problem(node: onnxruntime.NodeArg) -> str | None:
    if node.type not in ONNX_TYPES:
        return f"input {node.name} is {node.type}; allowed are tensors of {', '.join(ONNX_TYPES.values())}."
    if not node.shape or isinstance(node.shape[0], int):
        return (
            f"input {node.name} has shape {node.shape}, but its first size must be free, so that requests can be "
            "batched; export the model with a dynamic first axis."
        )
    if not all(isinstance(size, int) and size > 0 for size in node.shape[1:]):
        return (
            f"input {node.name} has shape {node.shape}, but only its first size may be free; fix the others, for "
            "example with python -m onnxruntime.tools.make_dynamic_shape_fixed."
        )
    return None


def _output_problem(node: onnxruntime.NodeArg) -> str | None:
    if node.type in ONNX_TYPES:
        return None
    return (
        f"output {node.name} is {node.type}; allowed are tensors of {', '.join(ONNX_TYPES.values())}. "
        "With skl2onnx, export with options={'zipmap': False}."
    )


def _external_files(proto: onnx.ModelProto) -> tuple[str, ...]:
    external = (tensor for tensor in proto.graph.initializer if uses_external_data(tensor))
    return tuple(sorted({str(ExternalDataInfo(tensor).location) for tensor in external}))


def _frameworks(proto: onnx.ModelProto) -> dict[str, str]:
    producer = {proto.producer_name: proto.producer_version or "unknown"} if proto.producer_name else {}
    return producer | {"onnxruntime": onnxruntime.__version__}


def _run(session: onnxruntime.InferenceSession, inputs: Mapping[str, Array]) -> dict[str, Array]:
    rows = len(next(iter(inputs.values())))
    flat = {node.name for node in session.get_inputs() if len(node.shape) == 1}
    shaped = {name: array.reshape(-1) if name in flat else array for name, array in inputs.items()}
    parts = [
        session.run(None, {name: array[start : start + ROWS_AT_ONCE] for name, array in shaped.items()})
        for start in range(0, rows, ROWS_AT_ONCE)
    ]
    names = [node.name for node in session.get_outputs()]
    outputs = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
    return {
        name: array.reshape(-1, 1) if array.ndim == 1 else array for name, array in zip(names, outputs, strict=True)
    }


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
