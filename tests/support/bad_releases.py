"""Releases that nobody should get to see: real ONNX models, each bad in one way that its training did not show.

Packing checks a model on the rows that it is packed with, so what is bad shows on other rows, or only when it is
served. A model that is right otherwise computes what `tiny_releases.linear_model` does.
"""

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from serving.provenance import sha256_of
from serving.release import MANIFEST, Release, load
from tests.support.tiny_releases import CLASSES, FEATURES, HIGH, IR_VERSION, TRUTH, make_release

# A row beyond this in its first feature is one that no golden set has.
UNUSUAL = 5.0
SQUARE = 256
NO_CONSTANTS: Mapping[str, Any] = {}
Node = onnx.NodeProto


def answering_another_type() -> onnx.ModelProto:
    """Return a model whose labels are INT32, where every caller expects INT64."""
    nodes = [*_scores(), *_answers("wide"), helper.make_node("Cast", ["wide"], ["label"], to=TensorProto.INT32)]
    return _model(nodes, label_type=TensorProto.INT32)


def wrong_everywhere() -> onnx.ModelProto:
    """Return a model that learned nothing."""
    return _model([*_scores(weights="reversed_weights"), *_answers("label")])


def wrong_in_one_slice() -> onnx.ModelProto:
    """Return a model that is right for most rows, and wrong for the slice of those with a high first feature."""
    nodes = [
        *_scores(),
        helper.make_node("Neg", ["scores"], ["reversed"]),
        *_above("high"),
        helper.make_node("Where", ["above", "reversed", "scores"], ["mixed"]),
        *_answers("label", "mixed"),
    ]
    return _model(nodes, constants={"high": np.float32(HIGH)})


def failing_on_unusual_rows() -> onnx.ModelProto:
    """Return a model that cannot compute rows of a kind that its golden set does not have."""
    nodes = [
        *_above("unusual"),
        helper.make_node("Cast", ["above"], ["above_number"], to=TensorProto.INT64),
        helper.make_node("ReduceMax", ["above_number"], ["any"], keepdims=0),
        helper.make_node("Sub", ["features", "any"], ["width"]),
        helper.make_node("Concat", ["rows", "width"], ["shape"], axis=0),
        helper.make_node("Reshape", ["x", "shape"], ["shaped"]),
        *_scores(source="shaped"),
        *_answers("label"),
    ]
    sizes = {"rows": np.array([-1]), "features": np.array([FEATURES])}
    return _model(nodes, constants={"unusual": np.float32(UNUSUAL), **sizes})


def answering_nan() -> onnx.ModelProto:
    """Return a model whose labels are right and whose probabilities are no numbers where a feature is negative."""
    nodes = [
        *_scores(),
        helper.make_node("Slice", ["x", "begin", "end", "axis"], ["first"]),
        helper.make_node("Sqrt", ["first"], ["root"]),
        helper.make_node("Mul", ["root", "zero"], ["nothing"]),
        helper.make_node("Softmax", ["scores"], ["shares"], axis=1),
        helper.make_node("Add", ["shares", "nothing"], ["probabilities"]),
        helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
    ]
    return _model(nodes, constants={"zero": np.float32(0)})


def slow(seconds: float) -> onnx.ModelProto:
    """Return a model that works for so long on this machine, however many rows it is given."""
    return _working(max(1, round(seconds / _seconds_a_product())), by_rows=False)


def slow_in_batches(seconds: float) -> onnx.ModelProto:
    """Return a model that is fast for single rows; a batch of n takes n squared times as long as one row."""
    return _working(max(1, round(seconds / _seconds_a_product())), by_rows=True)


def release_of(model: onnx.ModelProto, out: Path, **others: Any) -> Release:
    """Pack a model as a release that is named after its folder."""
    return make_release(model, out, version=out.name, **others)


def corrupted(release: Release) -> Release:
    """Change one byte of the model file, and leave the manifest as it was."""
    path = release.directory / release.manifest.model_file
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    return release


def with_model(release: Release, model: onnx.ModelProto) -> Release:
    """Put another model into a release and correct its manifest, as only other programs than the packer would."""
    path = release.directory / release.manifest.model_file
    onnx.save(model, path)
    manifest = json.loads((release.directory / MANIFEST).read_text())
    for file in manifest["files"]:
        if file["path"] == path.name:
            file.update(size_bytes=path.stat().st_size, sha256=sha256_of(path))
    (release.directory / MANIFEST).write_text(json.dumps(manifest))
    return load(release.directory)


def _seconds_a_product() -> float:
    """Measure one product of two squares, in this process with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    count = 50
    session = onnxruntime.InferenceSession(_working(count, by_rows=False).SerializeToString(), options)
    row = {"x": np.zeros((1, FEATURES), np.float32)}
    taken = []
    for _ in range(3):
        # Of this thread's own work: this machine is busy with other tests.
        started = time.thread_time()
        session.run(None, row)
        taken.append(time.thread_time() - started)
    return min(taken) / count


def _working(products: int, *, by_rows: bool) -> onnx.ModelProto:
    """Return the good model with products of matrices that add nothing to its scores, one after another."""
    body = helper.make_graph(
        [
            helper.make_node("MatMul", ["state_in", "square"], ["state_out"]),
            helper.make_node("Identity", ["going_in"], ["going_out"]),
        ],
        "product",
        [
            helper.make_tensor_value_info("iteration", TensorProto.INT64, []),
            helper.make_tensor_value_info("going_in", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state_in", TensorProto.FLOAT, [SQUARE, SQUARE]),
        ],
        [
            helper.make_tensor_value_info("going_out", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state_out", TensorProto.FLOAT, [SQUARE, SQUARE]),
        ],
    )
    nodes = [
        helper.make_node("Shape", ["x"], ["size"]),
        helper.make_node("Slice", ["size", "begin", "end"], ["count"]),
        helper.make_node("Mul", ["count", "count"], ["pairs"]),
        helper.make_node("Mul", ["pairs" if by_rows else "end", "products"], ["turns"]),
        helper.make_node("Squeeze", ["turns"], ["times"]),
        # From the input, or the products would be computed once when the model is loaded.
        helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=0),
        helper.make_node("Mul", ["square", "sum"], ["start"]),
        helper.make_node("Loop", ["times", "", "start"], ["worked"], body=body),
        helper.make_node("ReduceSum", ["worked"], ["nothing"], keepdims=0),
        *_scores(to="plain"),
        helper.make_node("Add", ["plain", "nothing"], ["scores"]),
        *_answers("label"),
    ]
    constants = {"products": np.array([products]), "square": np.zeros((SQUARE, SQUARE), np.float32)}
    return _model(nodes, constants=constants)


def _scores(*, source: str = "x", weights: str = "weights", to: str = "scores") -> list[Node]:
    return [helper.make_node("MatMul", [source, weights], [to])]


def _answers(label: str, scores: str = "scores") -> list[Node]:
    return [
        helper.make_node("Softmax", [scores], ["probabilities"], axis=1),
        helper.make_node("ArgMax", [scores], [label], axis=1, keepdims=0),
    ]


def _above(limit: str) -> list[Node]:
    return [
        helper.make_node("Slice", ["x", "begin", "end", "axis"], ["first"]),
        helper.make_node("Greater", ["first", limit], ["above"]),
    ]


def _model(
    nodes: Sequence[Node], *, label_type: int = TensorProto.INT64, constants: Mapping[str, Any] = NO_CONSTANTS
) -> onnx.ModelProto:
    known = {
        "weights": TRUTH,
        "reversed_weights": -TRUTH,
        "begin": np.array([0]),
        "end": np.array([1]),
        "axis": np.array([1]),
        **constants,
    }
    used = {name for node in nodes for name in node.input}
    used |= {
        name for node in nodes for attribute in node.attribute for inner in attribute.g.node for name in inner.input
    }
    graph = helper.make_graph(
        list(nodes),
        "bad",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, FEATURES])],
        [
            helper.make_tensor_value_info("label", label_type, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, CLASSES]),
        ],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in known.items() if name in used],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=IR_VERSION)
