"""ONNX files are read with their signature, or refused with what to change in the export."""

from pathlib import Path

import numpy as np
import pytest
from onnx import helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

from serving.errors import ConfigurationError
from serving.formats import format_named, model_code, supported
from serving.formats.onnx import ROWS_AT_ONCE, open_model
from tests.support.onnx_models import write_classifier, write_echo, write_lookup, write_model


def test_a_model_is_read_and_runs(tmp_path: Path) -> None:
    model = open_model(write_classifier(tmp_path / "m.onnx"))
    assert [(tensor.name, tensor.datatype, tensor.shape) for tensor in model.inputs] == [("x", "FP32", (-1, 3))]
    outputs = model.run({"x": np.eye(3, dtype=np.float32)})
    assert outputs["label"].tolist() == [[0], [1], [2]]
    assert outputs["scores"].tolist() == np.eye(3).tolist()


def test_one_value_per_row_has_a_size_beside_the_rows(tmp_path: Path) -> None:
    model = open_model(write_lookup(tmp_path / "m.onnx"))
    assert model.inputs[0].shape == (-1, 1)
    assert model.run({"id": np.array([[2], [0]])})["value"].tolist() == [[30], [10]]


def test_text_goes_in_and_comes_out(tmp_path: Path) -> None:
    model = open_model(write_echo(tmp_path / "m.onnx"))
    assert model.inputs[0].datatype == "BYTES"
    assert model.run({"text": np.array([["naïve"]])})["label"].tolist() == [["naïve"]]


def test_many_rows_are_computed_in_parts_and_put_together(tmp_path: Path) -> None:
    model = open_model(write_classifier(tmp_path / "m.onnx"))
    rows = np.random.default_rng(0).normal(size=(2 * ROWS_AT_ONCE + 1, 3)).astype(np.float32)
    outputs = model.run({"x": rows})
    assert outputs["label"][:, 0].tolist() == rows.argmax(axis=1).tolist()


def test_what_wrote_and_what_ran_the_file_is_known(tmp_path: Path) -> None:
    assert open_model(write_classifier(tmp_path / "m.onnx")).frameworks == {"test": "unknown", "onnxruntime": "1.32.0"}


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"m\.onnx: no such file; give the path of an ONNX model"):
        open_model(tmp_path / "m.onnx")


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x09"], ids=["empty", "text", "no graph"])
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.onnx").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"m\.onnx cannot be read as an ONNX model \(.*\); export it again"):
        open_model(tmp_path / "m.onnx")


@pytest.mark.parametrize(
    ("shape", "message"),
    [
        ([1, 3], r"input x has shape \[1, 3\], but its first size must be free.* dynamic first axis"),
        ([], r"input x has shape \[\], but its first size must be free"),
        (["N", "M"], r"input x has shape \['N', 'M'\], but only its first size may be free.*make_dynamic_shape_fixed"),
    ],
    ids=["fixed rows", "no rows", "another free size"],
)
def test_a_signature_that_cannot_be_batched_is_refused(tmp_path: Path, shape: list[int | str], message: str) -> None:
    nodes = [helper.make_node("Identity", ["x"], ["y"])]
    model = write_model(tmp_path / "m.onnx", nodes, [("x", "FP32", shape)], [("y", "FP32", shape)])
    with pytest.raises(ConfigurationError, match=message):
        open_model(model)


def test_every_problem_of_a_signature_is_in_one_message(tmp_path: Path) -> None:
    nodes = [helper.make_node("Identity", ["x"], ["y"]), helper.make_node("Identity", ["a"], ["b"])]
    inputs = [("x", "FP32", [1, 3]), ("a", "FP32", [2])]
    model = write_model(tmp_path / "m.onnx", nodes, inputs, [("y", "FP32", [1, 3]), ("b", "FP32", [2])])
    with pytest.raises(ConfigurationError, match=r"(?s)input x has shape.*\n.*input a has shape"):
        open_model(model)


def test_what_the_exporter_of_scikit_learn_makes_by_default_is_refused_with_what_to_say(tmp_path: Path) -> None:
    estimator = LogisticRegression().fit(np.eye(3), [0, 1, 2])
    signature = [("x", FloatTensorType([None, 3]))]
    (tmp_path / "m.onnx").write_bytes(to_onnx(estimator, initial_types=signature).SerializeToString())
    with pytest.raises(ConfigurationError, match=r"output output_probability is seq\(map\(.*'zipmap': False"):
        open_model(tmp_path / "m.onnx")


def test_onnx_is_the_format_that_is_supported() -> None:
    assert supported() == ("onnx",)
    assert model_code("onnx").name == "onnx_model.py"


def test_another_format_is_refused_with_what_is_supported() -> None:
    with pytest.raises(ConfigurationError, match="format is 'torchscript', but supported are: onnx; convert"):
        format_named("torchscript")
