"""Small releases for tests: one packed from a tiny model, one written by hand to be spoiled."""

import csv
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from serving.pack import Packing, pack
from serving.release import Release
from tests.support.onnx_models import write_classifier, write_echo, write_lookup

CLASSIFIER_ROWS = [(*row, label) for label, row in enumerate(np.eye(3).tolist()) for _ in range(4)]


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
    """Write a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def classifier_packing(folder: Path, **changes: Any) -> Packing:
    """Write a classifier and its rows into a folder, and say how to pack it as `folder/1`."""
    rows = write_csv(folder / "rows.csv", ["a", "b", "c", "expected"], CLASSIFIER_ROWS)
    model = write_classifier(folder / "classifier.onnx")
    return _packing(folder, model, rows, "classifier", changes)


def pack_lookup(folder: Path) -> Release:
    """Pack a regression that refuses ids other than 0, 1 and 2."""
    rows = write_csv(folder / "lookup.csv", ["id", "expected"], [(0, 10), (1, 20), (2, 30)] * 4)
    return pack(_packing(folder, write_lookup(folder / "lookup.onnx"), rows, "lookup", {"out": folder / "lookup"}))


def pack_echo(folder: Path) -> Release:
    """Pack a model of text."""
    rows = write_csv(folder / "echo.csv", ["text", "expected"], [("naïve", "naïve"), ("b c", "b c")] * 6)
    return pack(_packing(folder, write_echo(folder / "echo.onnx"), rows, "echo", {"out": folder / "echo"}))


def write_release(directory: Path, **changes: Any) -> Path:
    """Write a release directory by hand, with other values for some keys of its manifest."""
    directory.mkdir(parents=True, exist_ok=True)
    arrays = {"input:x": np.zeros((3, 2), np.float32), "expected": np.arange(3), "answers": np.arange(3)}
    np.savez(directory / "golden.npz", **arrays)
    (directory / "model.onnx").write_bytes(b"weights")
    (directory / "profile.json").write_bytes(b"{}")
    document = manifest_document(directory) | changes
    (directory / "release.json").write_text(json.dumps(document), encoding="utf-8")
    return directory


def manifest_document(directory: Path) -> dict[str, Any]:
    """Describe the three files of a release written by hand."""
    return {
        "schema_version": 1,
        "name": "digits",
        "version": "1",
        "format": "onnx",
        "task": "classification",
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 2]}],
        "outputs": [{"name": "label", "datatype": "INT64", "shape": [-1, 1]}],
        "prediction": "label",
        "model_file": "model.onnx",
        "files": [_file(directory, path) for path in ("golden.npz", "model.onnx", "profile.json")],
        "golden": {"path": "golden.npz", "rows": 3},
        "profile": "profile.json",
        "quality": {"accuracy": 1.0},
        "source": {},
    }


def _file(directory: Path, path: str) -> dict[str, Any]:
    content = (directory / path).read_bytes()
    return {"path": path, "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def _packing(folder: Path, model: Path, rows: Path, name: str, changes: dict[str, Any]) -> Packing:
    common = {"model": model, "format": "onnx", "name": name, "version": "1", "min_rows": 5}
    fields: dict[str, Any] = common | {"golden": rows, "profile_from": rows, "out": folder / "1", "code": folder}
    return Packing(**fields | changes)
