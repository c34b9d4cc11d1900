"""Releases made in milliseconds: real ONNX models of a few numbers, and what they must answer.

`TRUTH` decides the right class of a row. A model with these weights is right on every golden row; other weights make a
worse release of the same signature.
"""

import atexit
import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from serving.pack import Packing, pack
from serving.release import MANIFEST, Release, load

Array = np.ndarray[Any, Any]

FEATURES = 4
CLASSES = 3
GOLDEN_ROWS = 60
# What divides the golden rows into two slices, by their first feature.
HIGH = 1.0
IR_VERSION = 10
WEIGHTS_FILE = "weights.bin"
TRUTH: Array = np.random.default_rng(11).normal(size=(FEATURES, CLASSES)).astype(np.float32)
NO_WEIGHTS: Array = np.zeros((FEATURES, CLASSES), np.float32)
NO_BIAS: Array = np.zeros(CLASSES, np.float32)


def folder_for_releases() -> Path:
    """Make a folder that stays until the program ends."""
    folder = tempfile.mkdtemp(prefix="slipway-releases-")
    atexit.register(shutil.rmtree, folder)
    return Path(folder)


def rows(count: int, seed: int = 5) -> Array:
    """Return rows of features, the same for the same seed."""
    return np.random.default_rng(seed).normal(size=(count, FEATURES)).astype(np.float32)


def linear_model(weights: Array = TRUTH, bias: Array = NO_BIAS) -> onnx.ModelProto:
    """Return a classifier: `x` to `label` and `probabilities`."""
    nodes = [
        helper.make_node("MatMul", ["x", "weights"], ["products"]),
        helper.make_node("Add", ["products", "bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
        helper.make_node("ArgMax", ["scores"], ["label"], axis=1, keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "linear",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [None, FEATURES])],
        [
            helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, CLASSES]),
        ],
        [numpy_helper.from_array(weights, "weights"), numpy_helper.from_array(bias, "bias")],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=IR_VERSION)


def constant_model(label: int) -> onnx.ModelProto:
    """Return a classifier that answers one class whatever it is asked."""
    return linear_model(NO_WEIGHTS, np.eye(CLASSES, dtype=np.float32)[label])


def make_release(
    model: onnx.ModelProto, out: Path, name: str = "tiny", version: str = "1", *, weights_apart: bool = False
) -> Release:
    """Pack a model with golden rows whose right answers are those of `TRUTH`."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        onnx.save(
            model, folder / "model.onnx", save_as_external_data=weights_apart, location=WEIGHTS_FILE, size_threshold=0
        )
        for file, seed in (("golden.npz", 1), ("training.npz", 2)):
            features = rows(GOLDEN_ROWS, seed)
            slices = np.where(features[:, 0] > HIGH, "high", "low")
            arrays = {"input:x": features, "expected": (features @ TRUTH).argmax(axis=1), "slice": slices}
            np.savez(folder / file, **arrays)
        return pack(
            Packing(
                model=folder / "model.onnx",
                format="onnx",
                name=name,
                version=version,
                golden=folder / "golden.npz",
                profile_from=folder / "training.npz",
                out=out,
            )
        )


def make_release_that_does_not_load(out: Path, name: str = "tiny", version: str = "1") -> Release:
    """Pack a model that computes where it was packed and in no model server: its manifest forgets the weights' file."""
    release = make_release(linear_model(), out, name, version, weights_apart=True)
    manifest = json.loads((out / MANIFEST).read_text())
    manifest["files"] = [file for file in manifest["files"] if file["path"] != WEIGHTS_FILE]
    (out / MANIFEST).write_text(json.dumps(manifest))
    return load(release.directory)
