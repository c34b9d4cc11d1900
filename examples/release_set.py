"""Releases of one model: scikit-learn estimators that share their rows and their signature, exported and packed."""

import csv
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import sklearn
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_limits

from serving.arrays import Array
from serving.endpoint import infer_request
from serving.pack import Packing, pack
from serving.release import Release


@dataclass(frozen=True, kw_only=True)
class Rows:
    """Rows with their labels; `features` is `[rows, features] FP32`, the others are `[rows]`."""

    features: Array
    labels: Array
    slices: Array | None = None


@dataclass(frozen=True, kw_only=True)
class ReleaseSet:
    """What the releases of one model have in common, and what differs: the estimator of each version.

    Attributes:
        name: the model's name.
        input_name: its one input.
        feature_names: one per column of the rows.
        data_set: where the rows are from.
        code: the folder of the training code.
        training: what the estimators learn from.
        golden: what no estimator sees, for the quality.
        sample: one more row that no estimator sees, to ask a running server about.
        estimators: version to untrained estimator, its random state fixed.
    """

    name: str
    input_name: str
    feature_names: tuple[str, ...]
    data_set: str
    code: Path
    training: Rows
    golden: Rows
    sample: Rows
    estimators: Mapping[str, BaseEstimator]

    def make(self, version: str, directory: Path) -> Release:
        """Train the estimator of one version and pack it; a fraction of a second to a few seconds."""
        estimator = self.estimators[version]
        # Sums of several threads end in another order each time; one thread makes the same model again.
        with threadpool_limits(1), tempfile.TemporaryDirectory() as scratch:
            estimator.fit(self.training.features, self.training.labels)
            folder = Path(scratch)
            (folder / "model.onnx").write_bytes(self._exported(estimator))
            self._write_csv(folder / "training.csv", self.training)
            self._write_csv(folder / "golden.csv", self.golden)
            return pack(
                Packing(
                    model=folder / "model.onnx",
                    format="onnx",
                    name=self.name,
                    version=version,
                    golden=folder / "golden.csv",
                    profile_from=folder / "training.csv",
                    out=directory,
                    data_set=self.data_set,
                    slice_column=None if self.golden.slices is None else "slice",
                    code=self.code,
                    frameworks={"scikit-learn": sklearn.__version__},
                )
            )

    def sample_request(self, release: Release) -> str:
        """Write the sample row as the body of an inference request."""
        return json.dumps(infer_request({self.input_name: self.sample.features}, release.manifest.inputs))

    def _exported(self, estimator: BaseEstimator) -> bytes:
        signature = [(self.input_name, FloatTensorType([None, len(self.feature_names)]))]
        options = {id(estimator): {"zipmap": False}}
        model = to_onnx(estimator, initial_types=signature, options=options, name=self.name)
        # The exporter leaves these in the order of a set, which changes from run to run.
        ordered = sorted(model.opset_import, key=lambda opset: str(opset.domain))
        del model.opset_import[:]
        model.opset_import.extend(ordered)
        return bytes(model.SerializeToString())

    def _write_csv(self, path: Path, rows: Rows) -> None:
        sliced = {} if rows.slices is None else {"slice": rows.slices.tolist()}
        columns = dict(zip(self.feature_names, rows.features.T.tolist(), strict=True))
        table = columns | {"expected": rows.labels.tolist()} | sliced
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(table)
            writer.writerows(zip(*table.values(), strict=True))
