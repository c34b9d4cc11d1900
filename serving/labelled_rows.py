"""Rows with their right answers, read for packing from a CSV file or from a NumPy .npz file, checked against a model.

CSV: a header, then one line per row. A model with one input `[rows, n]` takes n feature columns in file order; a model
whose inputs have one value per row takes one column per input, by name. Beside them stands the expected answer and, if
asked for, the slice a row belongs to. An empty cell of a floating-point column is NaN.

.npz: arrays `input:<name>`, `expected`, and optionally `slice`; the only way for inputs of more than two dimensions.
"""

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from serving.arrays import Array, read_arrays
from serving.datatypes import NUMPY_TYPES, Datatype
from serving.errors import ConfigurationError
from serving.manifest import Tensor

BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, kw_only=True)
class LabelledRows:
    """Rows for a model; `expected` and `slices` are as they were read, None when the file has none.

    Shape:
        inputs: `{input name: [rows, …]}`; feature_names: `{input name: one name per value of a row}`;
        expected and slices: `[rows]`.
    """

    inputs: dict[str, Array]
    feature_names: dict[str, tuple[str, ...]]
    expected: Array | None
    slices: Array | None

    @property
    def count(self) -> int:
        """The number of rows."""
        return len(next(iter(self.inputs.values())))


def read_rows(path: Path, tensors: Sequence[Tensor], expected: str, slice_column: str | None) -> LabelledRows:
    """Read a file of rows and fit it to a model's inputs.

    Args:
        path: a .csv or .npz file.
        tensors: the model's inputs.
        expected: the CSV column of the right answers; it may be missing.
        slice_column: the CSV column of slices; it may be missing.

    Raises:
        ConfigurationError: unreadable, or columns, shapes or values that do not fit; the message says which.
    """
    try:
        if path.suffix == ".npz":
            return _from_npz(path, tensors)
        if path.suffix == ".csv":
            return _from_csv(path, tensors, expected, slice_column)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path} cannot be read ({error}); give a .csv or .npz file.") from error
    raise ConfigurationError(f"{path} is neither .csv nor .npz; convert it to one of these.")


def expected_like(answers: Array, rows: LabelledRows, path: Path) -> Array:
    """Read the expected answers as what a model answers: text, whole numbers, booleans or numbers.

    Raises:
        ConfigurationError: there are none, or they are of another kind.
    """
    if rows.expected is None:
        raise ConfigurationError(f"{path}: has no expected answers; add that column, or name it with --expected.")
    datatype: Datatype = {"U": "BYTES", "b": "BOOL", "f": "FP64"}.get(answers.dtype.kind, "INT64")  # type: ignore[assignment]
    kind = np.dtype(str) if datatype == "BYTES" else np.dtype(NUMPY_TYPES[datatype])
    if rows.expected.dtype.kind == "U":
        texts = rows.expected.tolist()
        values = [_cell(path, "of expected answers", line, text, datatype) for line, text in enumerate(texts, 2)]
        return np.array(values, dtype=kind)
    if not np.can_cast(rows.expected.dtype, kind, "same_kind"):
        raise ConfigurationError(
            f"{path}: the expected answers are {rows.expected.dtype}, but the model answers {answers.dtype}; "
            "save them as that."
        )
    return rows.expected.reshape(rows.count).astype(kind)


def _from_csv(path: Path, tensors: Sequence[Tensor], expected: str, slice_column: str | None) -> LabelledRows:
    with path.open(newline="", encoding="utf-8-sig") as file:
        header, *lines = list(csv.reader(file)) or [[]]
    ragged = [number for number, line in enumerate(lines, start=2) if len(line) != len(header)]
    if len(set(header)) < len(header) or not lines or ragged:
        raise ConfigurationError(
            f"{path}: needs a header of different names and rows as long as it; found {len(header)} names, "
            f"{len(lines)} rows" + (f", line {ragged[0]} of another length." if ragged else ".")
        )
    columns = dict(zip(header, zip(*lines, strict=True), strict=True))
    answers, slices = columns.pop(expected, None), columns.pop(slice_column or "", None)
    names = _columns_of_inputs(path, tuple(columns), tensors)
    return LabelledRows(
        inputs={tensor.name: _matrix(path, columns, names[tensor.name], tensor.datatype) for tensor in tensors},
        feature_names=names,
        expected=None if answers is None else np.array(answers),
        slices=None if slices is None else np.array(slices),
    )


def _columns_of_inputs(path: Path, columns: tuple[str, ...], tensors: Sequence[Tensor]) -> dict[str, tuple[str, ...]]:
    if len(tensors) == 1 and len(tensors[0].shape) == 2:  # noqa: PLR2004 - rows and features
        only = tensors[0]
        if len(columns) != only.shape[1]:
            raise ConfigurationError(
                f"{path}: has {len(columns)} feature columns ({_some(columns)}), but input {only.name} of the model "
                f"takes {only.shape[1]}; leave exactly those, in the model's order, beside the expected answer."
            )
        return {only.name: columns}
    if any(math.prod(tensor.shape[1:]) > 1 for tensor in tensors):
        shapes = ", ".join(f"{tensor.name} {list(tensor.shape)}" for tensor in tensors)
        raise ConfigurationError(f"{path}: a CSV file cannot hold rows for the inputs {shapes}; give an .npz file.")
    wanted = {tensor.name for tensor in tensors}
    if wanted != set(columns):
        raise ConfigurationError(
            f"{path}: the model's inputs and the feature columns differ: missing {_some(sorted(wanted - set(columns)))}"
            f"; not an input: {_some(sorted(set(columns) - wanted))}. Rename, add or leave out columns."
        )
    return {tensor.name: (tensor.name,) for tensor in tensors}


def _matrix(path: Path, columns: dict[str, tuple[str, ...]], names: tuple[str, ...], datatype: Datatype) -> Array:
    values = [[_cell(path, name, line, text, datatype) for line, text in enumerate(columns[name], 2)] for name in names]
    return np.ascontiguousarray(np.array(values, dtype=str if datatype == "BYTES" else NUMPY_TYPES[datatype]).T)


def _cell(path: Path, column: str, line: int, text: str, datatype: Datatype) -> object:
    try:
        return parse(text, datatype)
    except (ValueError, KeyError):
        raise ConfigurationError(
            f"{path}, line {line}, column {column}: got {text!r}, allowed is a value of {datatype}; correct the cell."
        ) from None


def parse(text: str, datatype: Datatype) -> object:
    """Read one value of a datatype from text.

    Raises:
        ValueError: the text is no such value, or out of the datatype's range.
        KeyError: the text is no boolean.
    """
    if datatype == "BYTES":
        return text
    if datatype == "BOOL":
        return BOOLEANS[text.strip().lower()]
    if datatype.startswith("FP"):
        return float(text) if text.strip() else math.nan
    value = int(text)
    limits = np.iinfo(NUMPY_TYPES[datatype])  # type: ignore[type-var]  # only integer types come this far
    if not limits.min <= value <= limits.max:
        raise ValueError(text)
    return value


def _from_npz(path: Path, tensors: Sequence[Tensor]) -> LabelledRows:
    try:
        with path.open("rb") as file:
            found = read_arrays(file)
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}; save it again.") from error
    wanted = {f"input:{tensor.name}" for tensor in tensors}
    missing, unknown = wanted - set(found), set(found) - wanted - {"expected", "slice"}
    if missing or unknown:
        raise ConfigurationError(
            f"{path}: arrays missing: {_some(sorted(missing))}; not known: {_some(sorted(unknown))}. "
            f"Allowed are {', '.join(sorted(wanted))}, expected and slice."
        )
    rows = {name: len(array) if array.ndim else 0 for name, array in found.items()}
    if len(set(rows.values())) > 1 or 0 in rows.values():
        raise ConfigurationError(f"{path}: every array needs the same number of rows, above 0; found {rows}.")
    return LabelledRows(
        inputs={tensor.name: _fitted(path, found[f"input:{tensor.name}"], tensor) for tensor in tensors},
        feature_names={tensor.name: _numbered(tensor) for tensor in tensors},
        expected=found.get("expected"),
        slices=found["slice"].astype(str) if "slice" in found else None,
    )


def _fitted(path: Path, array: Array, tensor: Tensor) -> Array:
    shaped = array.reshape(-1, 1) if array.ndim == 1 else array
    text = tensor.datatype == "BYTES"
    convertible = (
        array.dtype.kind == "U" if text else np.can_cast(array.dtype, NUMPY_TYPES[tensor.datatype], "same_kind")
    )
    if shaped.shape[1:] != tensor.shape[1:] or not convertible:
        raise ConfigurationError(
            f"{path}: array input:{tensor.name} is {array.dtype} {list(array.shape)}, but the model's input is "
            f"{tensor.datatype} {list(tensor.shape)}; save it in that shape and type."
        )
    return np.ascontiguousarray(shaped if text else shaped.astype(NUMPY_TYPES[tensor.datatype]))


def _numbered(tensor: Tensor) -> tuple[str, ...]:
    size = math.prod(tensor.shape[1:])
    return (tensor.name,) if size == 1 else tuple(f"{tensor.name}[{index}]" for index in range(size))


def _some(names: Sequence[str], limit: int = 6) -> str:
    shown = ", ".join(names[:limit]) or "none"
    return shown if len(names) <= limit else f"{shown}, … ({len(names)} in all)"
