"""Rows are read from CSV and .npz files, or refused with the place that does not fit."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.datatypes import Datatype
from serving.errors import ConfigurationError
from serving.labelled_rows import LabelledRows, expected_like, parse, read_rows
from serving.manifest import Tensor

PAIR = (Tensor(name="x", datatype="FP32", shape=(-1, 2)),)
IMAGE = (Tensor(name="image", datatype="UINT8", shape=(-1, 2, 2)),)
MIXED = (Tensor(name="age", datatype="INT8", shape=(-1, 1)), Tensor(name="town", datatype="BYTES", shape=(-1, 1)))


def read_csv(tmp_path: Path, text: str, tensors: tuple[Tensor, ...] = PAIR, slices: str | None = None) -> LabelledRows:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return read_rows(path, tensors, "expected", slices)


def read_npz(tmp_path: Path, tensors: tuple[Tensor, ...] = PAIR, **arrays: Any) -> LabelledRows:
    path = tmp_path / "rows.npz"
    np.savez(path, **{name.replace("input_", "input:"): array for name, array in arrays.items()})
    return read_rows(path, tensors, "expected", None)


def test_feature_columns_become_one_input_in_file_order(tmp_path: Path) -> None:
    rows = read_csv(tmp_path, "b,expected,a\n1,7,2\n3,8,4.5\n")
    assert rows.inputs["x"].tolist() == [[1, 2], [3, 4.5]]
    assert rows.inputs["x"].dtype == np.float32
    assert rows.feature_names == {"x": ("b", "a")}
    assert rows.count == 2
    assert rows.expected is not None
    assert rows.expected.tolist() == ["7", "8"], "what they are is known only with the model's answers"


def test_columns_become_inputs_by_name_when_each_has_one_value_per_row(tmp_path: Path) -> None:
    rows = read_csv(tmp_path, "town,age\nZürich,-3\nBern,40\n", MIXED)
    assert rows.inputs["age"].tolist() == [[-3], [40]]
    assert rows.inputs["town"].tolist() == [["Zürich"], ["Bern"]]
    assert rows.expected is None


def test_a_slice_column_is_no_feature(tmp_path: Path) -> None:
    rows = read_csv(tmp_path, "a,b,size,expected\n1,2,big,0\n", slices="size")
    assert rows.slices is not None
    assert rows.slices.tolist() == ["big"]
    assert rows.feature_names == {"x": ("a", "b")}


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert read_csv(tmp_path, "\ufeffa,b\n1,2\n").feature_names == {"x": ("a", "b")}


def test_an_empty_cell_is_nan_in_a_floating_point_column(tmp_path: Path) -> None:
    assert np.isnan(read_csv(tmp_path, "a,b\n1,\n").inputs["x"]).tolist() == [[False, True]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,3\n", r"has 3 feature columns \(a, b, c\), but input x of the model takes 2"),
        ("a,expected\n1,2\n", r"has 1 feature columns \(a\), but input x of the model takes 2"),
        ("a,b\n1,2\n3\n", "found 2 names, 2 rows, line 3 of another length"),
        ("a,a\n1,2\n", "needs a header of different names"),
        ("a,b\n", "found 2 names, 0 rows"),
        ("", "found 0 names, 0 rows"),
        ("a,b\n1,2\n3,four\n", "line 3, column b: got 'four', allowed is a value of FP32"),
    ],
)
def test_a_table_that_does_not_fit_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_csv(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("town,ages\nBern,1\n", "missing age; not an input: ages"),
        ("town,age\nBern,128\n", "line 2, column age: got '128', allowed is a value of INT8"),
        ("town,age\nBern,\n", "line 2, column age: got '', allowed is a value of INT8"),
    ],
)
def test_columns_that_are_not_the_inputs_are_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_csv(tmp_path, text, MIXED)


def test_a_long_list_of_columns_is_cut_short(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"c0, c1, c2, c3, c4, c5, … \(40 in all\)"):
        read_csv(tmp_path, ",".join(f"c{number}" for number in range(40)) + "\n" + ",".join("1" * 40) + "\n")


def test_a_table_cannot_hold_images(tmp_path: Path) -> None:
    inputs = (*IMAGE, *MIXED)
    with pytest.raises(ConfigurationError, match=r"cannot hold rows for the inputs image \[-1, 2, 2\].* \.npz"):
        read_csv(tmp_path, "image\n1\n", inputs)


def test_arrays_are_read_and_converted_to_the_inputs_type(tmp_path: Path) -> None:
    rows = read_npz(tmp_path, input_x=np.array([[1.5, 2]]), expected=np.array([3]), slice=np.array(["a"]))
    assert rows.inputs["x"].dtype == np.float32
    assert rows.feature_names == {"x": ("x[0]", "x[1]")}
    assert rows.slices is not None
    assert rows.slices.tolist() == ["a"]


def test_images_are_read_from_arrays(tmp_path: Path) -> None:
    rows = read_npz(tmp_path, IMAGE, input_image=np.zeros((5, 2, 2), np.uint8))
    assert rows.inputs["image"].shape == (5, 2, 2)
    assert rows.feature_names["image"] == ("image[0]", "image[1]", "image[2]", "image[3]")


def test_one_value_per_row_may_be_a_flat_array(tmp_path: Path) -> None:
    rows = read_npz(tmp_path, MIXED, input_age=np.array([1], np.int8), input_town=np.array(["Bern"]))
    assert rows.inputs["age"].tolist() == [[1]]
    assert rows.feature_names == {"age": ("age",), "town": ("town",)}


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"expected": np.arange(2)}, "arrays missing: input:x"),
        ({"input_x": np.zeros((2, 2)), "y": np.arange(2)}, "not known: y"),
        ({"input_x": np.zeros((2, 2)), "expected": np.arange(3)}, "same number of rows"),
        ({"input_x": np.zeros((0, 2))}, "same number of rows, above 0"),
        ({"input_x": np.zeros((2, 3))}, r"input:x is float64 \[2, 3\], but the model's input is FP32 \[-1, 2\]"),
        ({"input_x": np.array([["a", "b"]])}, r"input:x is <U1 \[1, 2\]"),
        ({"input_x": np.array([[{}, {}]], dtype=object)}, "not a NumPy .npz of plain arrays"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(tmp_path: Path, arrays: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        read_npz(tmp_path, **arrays)


def test_numbers_are_not_rounded_into_an_input_of_integers(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="float64"):
        read_npz(tmp_path, IMAGE, input_image=np.zeros((1, 2, 2)))


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"is neither \.csv nor \.npz"):
        read_rows(tmp_path / "rows.parquet", PAIR, "expected", None)


@pytest.mark.parametrize("name", ["none.csv", "none.npz"])
def test_a_missing_file_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read .*No such file"):
        read_rows(tmp_path / name, PAIR, "expected", None)


def test_a_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "rows.npz").write_bytes(b"PK\x03\x04 and then nothing")
    with pytest.raises(ConfigurationError, match=r"rows\.npz: not a NumPy \.npz of plain arrays"):
        read_rows(tmp_path / "rows.npz", PAIR, "expected", None)


@given(st.integers(-(2**63), 2**63 - 1))
def test_whole_numbers_are_read_exactly(value: int) -> None:
    assert parse(str(value), "INT64") == value


@pytest.mark.parametrize(
    ("text", "datatype", "value"),
    [("true", "BOOL", True), ("0", "BOOL", False), ("-1e3", "FP64", -1000.0), ("7", "UINT8", 7), (" x", "BYTES", " x")],
)
def test_a_value_is_read_as_its_datatype(text: str, datatype: Datatype, value: object) -> None:
    assert parse(text, datatype) == value


@pytest.mark.parametrize(("text", "datatype"), [("yes", "BOOL"), ("256", "UINT8"), ("1.0", "INT64"), ("x", "FP32")])
def test_text_that_is_no_such_value_is_refused(text: str, datatype: Datatype) -> None:
    with pytest.raises((ValueError, KeyError)):
        parse(text, datatype)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (np.array([1]), [0, 1]),
        (np.array([0.5], np.float32), [0.0, 1.0]),
        (np.array(["a"]), ["0", "1"]),
        (np.array([True]), [False, True]),
    ],
    ids=["whole numbers", "numbers", "text", "booleans"],
)
def test_expected_answers_are_read_as_what_the_model_answers(
    tmp_path: Path, answers: np.ndarray[Any, Any], expected: list[object]
) -> None:
    rows = read_csv(tmp_path, "a,b,expected\n1,2,0\n1,2,1\n")
    assert expected_like(answers, rows, tmp_path).tolist() == expected


def test_expected_answers_of_an_array_keep_their_values(tmp_path: Path) -> None:
    rows = read_npz(tmp_path, input_x=np.zeros((2, 2)), expected=np.array([[3], [4]], np.uint8))
    assert expected_like(np.array([1]), rows, tmp_path).tolist() == [3, 4]


def test_expected_answers_of_another_kind_are_refused(tmp_path: Path) -> None:
    table = read_csv(tmp_path, "a,b,expected\n1,2,cat\n")
    with pytest.raises(ConfigurationError, match=r"line 2, column of expected answers: got 'cat', allowed is .* INT64"):
        expected_like(np.array([1]), table, tmp_path / "rows.csv")
    arrays = read_npz(tmp_path, input_x=np.zeros((2, 2)), expected=np.array([0.5, 1]))
    with pytest.raises(ConfigurationError, match="expected answers are float64, but the model answers int64"):
        expected_like(np.array([1]), arrays, tmp_path / "rows.npz")


def test_rows_without_expected_answers_are_refused_where_they_are_needed(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match="has no expected answers; add that column, or name it with --expected"
    ):
        expected_like(np.array([1]), read_csv(tmp_path, "a,b\n1,2\n"), tmp_path / "rows.csv")
