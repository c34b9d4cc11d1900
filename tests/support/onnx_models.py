"""Tiny ONNX models, built node by node, for tests of packing and serving."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

KINDS = {"FP32": TensorProto.FLOAT, "INT64": TensorProto.INT64, "BYTES": TensorProto.STRING}

Value = tuple[str, str, Sequence[int | str]]


def write_model(
    path: Path, nodes: Sequence[Any], inputs: Sequence[Value], outputs: Sequence[Value], **weights: np.ndarray[Any, Any]
) -> Path:
    """Write a model; a value is its name, its KServe datatype and its ONNX shape, where text is a free size."""
    graph = helper.make_graph(
        list(nodes),
        "test",
        [helper.make_tensor_value_info(name, KINDS[kind], shape) for name, kind, shape in inputs],
        [helper.make_tensor_value_info(name, KINDS[kind], shape) for name, kind, shape in outputs],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], producer_name="test")
    model.ir_version = 9
    onnx.save(model, path)
    return path


def write_classifier(path: Path, bias: Sequence[float] = (0, 0, 0)) -> Path:
    """Write a classifier of `x [N, 3]`: `label [N]` is the place of the greatest value, `scores [N, 3]` the values."""
    nodes = [
        helper.make_node("Add", ["x", "bias"], ["scores"]),
        helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
    ]
    outputs: list[Value] = [("label", "INT64", ["N"]), ("scores", "FP32", ["N", 3])]
    return write_model(path, nodes, [("x", "FP32", ["N", 3])], outputs, bias=np.array(bias, np.float32))


def write_external_classifier(path: Path, weights: str) -> Path:
    """Write the classifier with its weights in a file of their own, beside it."""
    model = onnx.load(write_classifier(path))
    onnx.save(model, path, save_as_external_data=True, location=weights, size_threshold=0)
    return path


def write_lookup(path: Path) -> Path:
    """Write a regression of `id [N]`: 10, 20 or 30 for 0, 1 and 2; it cannot compute any other."""
    nodes = [helper.make_node("Gather", ["table", "id"], ["value"])]
    table = np.array([10, 20, 30], np.float32)
    return write_model(path, nodes, [("id", "INT64", ["N"])], [("value", "FP32", ["N"])], table=table)


def write_echo(path: Path) -> Path:
    """Write a model that answers its text, `text [N]`, as the label."""
    nodes = [helper.make_node("Identity", ["text"], ["label"])]
    return write_model(path, nodes, [("text", "BYTES", ["N"])], [("label", "BYTES", ["N"])])
