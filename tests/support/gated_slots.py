"""Slots for a gate: hand-written releases, and connections that answer as well or as badly as a test wants."""

import hashlib
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from serving.datatypes import NUMPY_TYPES
from serving.manifest import Tensor
from serving.pinned_slot import PinnedSlot
from serving.release import Release, load

Array = np.ndarray[Any, Any]
Answer = Callable[[Array], dict[str, Array]]

ROWS, FEATURES, CLASSES = 90, 4, 3
X: Array = np.random.default_rng(3).normal(size=(ROWS, FEATURES)).astype(np.float32)
TRUTH: Array = X[:, :CLASSES].argmax(axis=1)
SLICES: Array = np.array(["day", "night", "dusk"])[np.arange(ROWS) % 3]

CLASSIFIER: dict[str, Any] = {
    "task": "classification",
    "outputs": [
        {"name": "label", "datatype": "INT64", "shape": [-1]},
        {"name": "scores", "datatype": "FP32", "shape": [-1, CLASSES]},
    ],
    "prediction": "label",
    "scores": "scores",
}
REGRESSION: dict[str, Any] = {
    "task": "regression",
    "outputs": [{"name": "value", "datatype": "FP64", "shape": [-1]}],
    "prediction": "value",
    "scores": None,
}


def classify(rows: Array) -> dict[str, Array]:
    """Answer every row rightly."""
    return {"label": rows[:, :CLASSES].argmax(axis=1), "scores": rows[:, :CLASSES].copy()}


def wrong_for(share: float) -> Answer:
    """Make answers that are wrong for a share of the rows, told by the last feature."""
    border = float(np.quantile(X[:, -1], share))

    def answer(rows: Array) -> dict[str, Array]:
        labels = (rows[:, :CLASSES].argmax(axis=1) + (rows[:, -1] < border)) % CLASSES
        return {"label": labels, "scores": rows[:, :CLASSES].copy()}

    return answer


def predict(rows: Array) -> dict[str, Array]:
    """Answer with the sum of a row."""
    return {"value": rows.sum(axis=1).astype(np.float64)}


def write_release(directory: Path, *, slices: Array | None = SLICES, **changes: Any) -> Release:
    """Write a release by hand; `changes` replace keys of its manifest."""
    directory.mkdir(parents=True)
    manifest = {**CLASSIFIER, **changes}
    expected = TRUTH if manifest["task"] == "classification" else predict(X)["value"]
    arrays = {"input:x": X, "expected": expected, "answers": expected} | ({} if slices is None else {"slice": slices})
    np.savez(directory / "golden.npz", **arrays)
    (directory / "model.onnx").write_bytes(b"weights")
    (directory / "profile.json").write_bytes(b"{}")
    document = {
        "schema_version": 1,
        "name": "digits",
        "version": directory.name,
        "format": "onnx",
        "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, FEATURES]}],
        "model_file": "model.onnx",
        "files": [_file(directory / name) for name in ("golden.npz", "model.onnx", "profile.json")],
        "golden": {"path": "golden.npz", "rows": ROWS},
        "profile": "profile.json",
        "quality": {},
        "source": {},
    } | manifest
    (directory / "release.json").write_text(json.dumps(document))
    return load(directory)


def _file(path: Path) -> dict[str, Any]:
    content = path.read_bytes()
    return {"path": path.name, "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}


@dataclass(kw_only=True)
class FakeConnection:
    """Answers inferences of one release from a function; shared by all threads, so it keeps count under a lock.

    Attributes:
        release: whose signature it tells.
        answer: rows to outputs.
        before: called with the number of each inference; may raise, or wait.
        served: what it says of itself; by default what the release says.
        refused: raised instead of saying anything of itself.
    """

    release: Release
    answer: Answer = classify
    before: Callable[[int], object] = lambda number: number
    served: Mapping[str, Any] | None = None
    refused: Exception | None = None
    closed: int = 0
    sizes: list[int] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def infer(self, model: str, inputs: Mapping[str, Array], manifest_inputs: Sequence[Tensor]) -> dict[str, Array]:
        assert model == "digits"
        assert manifest_inputs == self.release.manifest.inputs
        with self.lock:
            self.sizes.append(len(inputs["x"]))
            number = len(self.sizes)
        self.before(number)
        return self.answer(inputs["x"])

    def infer_encoded(self, model: str, body: bytes) -> dict[str, Array]:
        found = json.loads(body)["inputs"][0]
        rows = np.array(found["data"], dtype=NUMPY_TYPES[found["datatype"]]).reshape(found["shape"])
        return self.infer(model, {"x": rows}, self.release.manifest.inputs)

    def metadata(self, model: str) -> dict[str, Any]:
        if self.refused:
            raise self.refused
        manifest = self.release.manifest
        own = {
            kind: [{"name": each.name, "datatype": each.datatype, "shape": list(each.shape)} for each in tensors]
            for kind, tensors in (("inputs", manifest.inputs), ("outputs", manifest.outputs))
        }
        return {"name": model, **own, **(self.served or {})}

    def close(self) -> None:
        with self.lock:
            self.closed += 1


def pinned(connection: FakeConnection, slot: str = "green") -> PinnedSlot:
    """Make a slot whose connections are all the same one."""
    return PinnedSlot(slot=slot, model="digits", release=connection.release, connect=lambda: connection)
