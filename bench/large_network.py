"""A release whose inference costs: a 256-2048-2048-16 network with fixed random weights, 19 MB."""

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from serving.arrays import Array
from serving.pack import Packing, pack
from serving.release import Release

NAME = "large"
LAYERS = (256, 2048, 2048, 16)
ROWS = 512
OPSET = 18
IR_VERSION = 9


def make(directory: Path) -> Release:
    """Pack the network; it is right on its golden rows because they are labelled by its own answers."""
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as scratch:
        model, rows = Path(scratch) / "model.onnx", Path(scratch) / "rows.npz"
        onnx.save(_network(random), model)
        # Sixty-fourths are exact in FP32 and short in JSON, as a client that rounds would send them.
        features = np.round(random.normal(size=(ROWS, LAYERS[0])) * 64).astype(np.float32) / 64
        session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
        (scores,) = session.run(None, {"x": features})
        np.savez(rows, **{"input:x": features, "expected": scores.argmax(axis=1)})
        packing = Packing(
            model=model, format="onnx", name=NAME, version="1", golden=rows, profile_from=rows, out=directory
        )
        return pack(packing)


def _network(random: np.random.Generator) -> onnx.ModelProto:
    weights: dict[str, Array] = {}
    nodes, value = [], "x"
    for layer, (width, after) in enumerate(pairwise(LAYERS)):
        weights[f"w{layer}"] = (random.normal(size=(width, after)) / np.sqrt(width)).astype(np.float32)
        weights[f"b{layer}"] = np.zeros(after, np.float32)
        nodes.append(helper.make_node("Gemm", [value, f"w{layer}", f"b{layer}"], [f"sum{layer}"]))
        nodes.append(helper.make_node("Relu", [f"sum{layer}"], [f"layer{layer}"]))
        value = f"layer{layer}"
    # Features are positive: without this, the classes with the greatest sums of weights would win every row.
    last = weights[f"w{len(LAYERS) - 2}"]
    last -= last.mean(axis=0)
    # The last layer's values are scores, not features: they become probabilities.
    nodes[-1] = helper.make_node("Softmax", [nodes[-2].output[0]], ["scores"], axis=1)
    graph = helper.make_graph(
        nodes,
        NAME,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", LAYERS[0]])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", LAYERS[-1]])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
    model.ir_version = IR_VERSION
    return model
