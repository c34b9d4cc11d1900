"""Tensor datatypes by their KServe v2 names, and what NumPy, ONNX Runtime and Triton call the same.

Source: https://kserve.github.io/website/docs/concepts/architecture/data-plane/v2-protocol, "Tensor Data Types".
"""

from collections.abc import Mapping
from typing import Literal

import numpy as np

Datatype = Literal[
    "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "FP32", "FP64", "BYTES"
]

NUMPY_TYPES: Mapping[Datatype, type[np.generic]] = {
    "BOOL": np.bool_,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
    "BYTES": np.object_,
}
"""KServe v2 datatype to NumPy scalar type; BYTES are arrays of Python objects (str or bytes)."""

_ONNX_NAMES = {"BOOL": "bool", "FP16": "float16", "FP32": "float", "FP64": "double", "BYTES": "string"}


def onnx_type(datatype: Datatype) -> str:
    """Name a datatype as ONNX Runtime does, e.g. `tensor(float)` for FP32."""
    return f"tensor({_ONNX_NAMES.get(datatype, datatype.lower())})"


def triton_type(datatype: Datatype) -> str:
    """Name a datatype as a Triton model configuration does, e.g. `TYPE_FP32`."""
    return "TYPE_STRING" if datatype == "BYTES" else f"TYPE_{datatype}"


ONNX_TYPES: Mapping[str, Datatype] = {onnx_type(name): name for name in NUMPY_TYPES}
"""ONNX Runtime's name of a tensor type to the KServe v2 datatype."""
