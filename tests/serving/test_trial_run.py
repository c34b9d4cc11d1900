"""A model that could not be served in batches is found while packing."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from serving.arrays import Array
from serving.errors import ConfigurationError
from serving.formats import OpenModel
from serving.manifest import Tensor
from serving.trial_run import check_rows_alone, run_rows

ROWS = {"x": np.arange(20, dtype=np.float32).reshape(10, 2)}


def model(run: Callable[[Mapping[str, Array]], dict[str, Array]]) -> OpenModel:
    tensor = Tensor(name="x", datatype="FP32", shape=(-1, 2))
    return OpenModel(inputs=(tensor,), data_files=(), frameworks={}, run=run)


def test_a_model_whose_rows_are_independent_passes() -> None:
    opened = model(lambda inputs: {"sum": inputs["x"].sum(axis=1, keepdims=True), "label": inputs["x"][:, :1] > 4})
    check_rows_alone(opened, ROWS, run_rows(opened, ROWS, Path("golden.csv")))


@pytest.mark.parametrize("kind", [np.float32, np.int64])
def test_a_model_that_normalises_over_the_batch_is_refused(kind: type) -> None:
    opened = model(lambda inputs: {"y": (inputs["x"] - inputs["x"].mean()).astype(kind)})
    with pytest.raises(ConfigurationError, match="output y of a row changes with the rows beside it"):
        check_rows_alone(opened, ROWS, run_rows(opened, ROWS, Path("golden.csv")))


def test_a_difference_within_floating_point_noise_is_no_difference() -> None:
    opened = model(lambda inputs: {"y": inputs["x"] * np.float32(1 + 1e-6 * len(inputs["x"]))})
    check_rows_alone(opened, ROWS, run_rows(opened, ROWS, Path("golden.csv")))


def test_an_output_that_is_not_one_for_one_is_refused() -> None:
    opened = model(lambda inputs: {"total": inputs["x"].sum(keepdims=True)})
    with pytest.raises(ConfigurationError, match="output total has 1 rows for 10 rows of input"):
        run_rows(opened, ROWS, Path("golden.csv"))


def test_rows_that_a_model_cannot_compute_are_named_by_their_file() -> None:
    def fail(_: Mapping[str, Array]) -> dict[str, Array]:
        raise RuntimeError("index out of range")

    with pytest.raises(ConfigurationError, match=r"golden\.csv: the model cannot compute these rows \(index out of"):
        run_rows(model(fail), ROWS, Path("golden.csv"))
