"""A release is made from a model file and rows, the same one every time, or not at all."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper

from serving.errors import ConfigurationError, ReleaseError
from serving.pack import pack
from serving.pack_command import main
from serving.release import golden, load, verify
from serving.training_profile import Profile
from tests.support.onnx_models import write_classifier, write_external_classifier, write_model
from tests.support.releases import CLASSIFIER_ROWS, classifier_packing, pack_echo, pack_lookup, write_csv

HEADER = ["a", "b", "c", "expected"]


def test_the_signature_and_the_roles_come_from_the_model_file(tmp_path: Path) -> None:
    manifest = pack(classifier_packing(tmp_path)).manifest
    assert [(tensor.name, tensor.datatype, tensor.shape) for tensor in manifest.inputs] == [("x", "FP32", (-1, 3))]
    assert {tensor.name: (tensor.datatype, tensor.shape) for tensor in manifest.outputs} == {
        "label": ("INT64", (-1, 1)),
        "scores": ("FP32", (-1, 3)),
    }
    assert (manifest.task, manifest.prediction, manifest.scores) == ("classification", "label", "scores")


def test_the_release_verifies_and_holds_the_golden_set(tmp_path: Path) -> None:
    release = pack(classifier_packing(tmp_path))
    verify(release)
    rows = golden(release)
    assert rows.inputs["x"].tolist() == [list(row[:3]) for row in CLASSIFIER_ROWS]
    assert rows.expected.tolist() == [row[3] for row in CLASSIFIER_ROWS]
    assert release.manifest.golden.rows == len(CLASSIFIER_ROWS)


def test_the_quality_is_measured_and_not_believed(tmp_path: Path) -> None:
    assert pack(classifier_packing(tmp_path)).manifest.quality == {"accuracy": 1.0, "f1_macro": 1.0, "roc_auc": 1.0}
    always_0 = write_classifier(tmp_path / "biased.onnx", bias=(9, 0, 0))
    worse = pack(classifier_packing(tmp_path, model=always_0, out=tmp_path / "2")).manifest.quality
    assert worse["accuracy"] == pytest.approx(1 / 3, abs=1e-6)


def test_the_profile_is_of_the_training_rows(tmp_path: Path) -> None:
    training = write_csv(tmp_path / "training.csv", HEADER[:3], [(1, 0, 0)] * 7 + [(0, 1, 0)] * 3)
    release = pack(classifier_packing(tmp_path, profile_from=training))
    profile = Profile.model_validate_json((release.directory / release.manifest.profile).read_text())
    assert profile.rows == 10
    assert list(profile.features) == ["a", "b", "c"]
    assert profile.prediction.shares == (0.7, 0.3)


def test_the_source_is_recorded(tmp_path: Path) -> None:
    source = pack(classifier_packing(tmp_path, data_set="made up", frameworks={"trainer": "1.0"})).manifest.source
    assert source.data_set == "made up"
    assert source.data_sha256 is not None
    assert source.frameworks == {"test": "unknown", "onnxruntime": "1.32.0", "trainer": "1.0"}
    assert source.git_commit is None, "the folder is no checkout"


def test_the_same_inputs_make_the_same_release(tmp_path: Path) -> None:
    digests = set()
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        digests.add(pack(classifier_packing(tmp_path / name)).digest)
    assert len(digests) == 1


def test_packing_again_finds_the_release_there(tmp_path: Path) -> None:
    first = pack(classifier_packing(tmp_path))
    before = first.directory.stat().st_mtime_ns
    assert pack(classifier_packing(tmp_path)).digest == first.digest
    assert first.directory.stat().st_mtime_ns == before


def test_a_release_is_not_overwritten_by_another(tmp_path: Path) -> None:
    first = pack(classifier_packing(tmp_path))
    with pytest.raises(ReleaseError, match=r"is another release, .* they differ in version\. A release is immutable"):
        pack(classifier_packing(tmp_path, version="2"))
    assert load(tmp_path / "1").digest == first.digest


def test_a_release_that_was_damaged_is_not_called_the_same(tmp_path: Path) -> None:
    release = pack(classifier_packing(tmp_path))
    (release.directory / "profile.json").write_text("{}")
    with pytest.raises(ReleaseError, match=r"profile\.json: has 2 bytes"):
        pack(classifier_packing(tmp_path))


def test_a_folder_that_is_no_release_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "1").mkdir()
    (tmp_path / "1" / "thesis.txt").write_text("years of work")
    with pytest.raises(ReleaseError, match="is not a release"):
        pack(classifier_packing(tmp_path))
    assert (tmp_path / "1" / "thesis.txt").exists()


def test_nothing_half_made_is_left_behind(tmp_path: Path) -> None:
    out = tmp_path / "releases" / "1"
    with pytest.raises(ConfigurationError, match=r"name: .*got 'Not a name'"):
        pack(classifier_packing(tmp_path, out=out, name="Not a name"))
    assert list(out.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "changes", "message"),
    [
        (CLASSIFIER_ROWS[:4], {}, "has 4 rows, allowed are 5 or more, .* say --min-rows"),
        (CLASSIFIER_ROWS, {"slice_column": "size"}, "has no column 'size'; name the one with the slices"),
        (CLASSIFIER_ROWS, {"expected": "label"}, "has 4 feature columns"),
        ([(*row[:3], "cat") for row in CLASSIFIER_ROWS], {}, "line 2, .* got 'cat', allowed is a value of INT64"),
    ],
)
def test_a_golden_set_that_does_not_fit_is_refused(
    tmp_path: Path, rows: list[Any], changes: dict[str, Any], message: str
) -> None:
    spoilt = write_csv(tmp_path / "golden.csv", HEADER, rows)
    with pytest.raises(ConfigurationError, match=rf"golden\.csv.*{message}"):
        pack(classifier_packing(tmp_path, golden=spoilt, **changes))


def test_an_unsupported_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="format is 'pmml', but supported are: onnx"):
        pack(classifier_packing(tmp_path, format="pmml"))


def test_slices_are_kept_with_the_golden_rows(tmp_path: Path) -> None:
    sliced = [(*row, "big" if row[0] else "small") for row in CLASSIFIER_ROWS]
    rows = write_csv(tmp_path / "sliced.csv", [*HEADER, "size"], sliced)
    release = pack(classifier_packing(tmp_path, golden=rows, profile_from=rows, slice_column="size"))
    slices = golden(release).slices
    assert slices is not None
    assert set(slices) == {"big", "small"}


def test_a_metric_that_cannot_be_measured_is_left_out_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = write_csv(tmp_path / "two.csv", HEADER, CLASSIFIER_ROWS[:8])
    assert set(pack(classifier_packing(tmp_path, golden=rows)).manifest.quality) == {"accuracy", "f1_macro"}
    assert "left out: roc_auc cannot be measured: scores of shape [8, 3] for 2 classes" in capsys.readouterr().err


def test_a_regression_is_packed(tmp_path: Path) -> None:
    manifest = pack_lookup(tmp_path).manifest
    assert (manifest.task, manifest.prediction, manifest.scores) == ("regression", "value", None)
    assert manifest.inputs[0].shape == (-1, 1), "one value per row has a size beside the rows when served"
    assert manifest.quality == {"rmse": 0.0, "mae": 0.0}


def test_a_model_of_text_is_packed(tmp_path: Path) -> None:
    release = pack_echo(tmp_path)
    assert release.manifest.inputs[0].datatype == "BYTES"
    assert release.manifest.quality["accuracy"] == 1.0
    assert golden(release).inputs["text"][0, 0] == "naïve"


def test_weights_in_a_file_of_their_own_are_packed_too(tmp_path: Path) -> None:
    release = pack(
        classifier_packing(tmp_path, model=write_external_classifier(tmp_path / "big.onnx", "big.onnx.data"))
    )
    assert {file.path for file in release.manifest.files} >= {"model.onnx", "big.onnx.data"}
    verify(release)


def test_weights_under_the_name_of_another_file_of_the_release_are_refused(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"keeps weights in 'model\.onnx', which cannot be a file of a release"
    ):
        pack(classifier_packing(tmp_path, model=write_external_classifier(tmp_path / "big.onnx", "model.onnx")))


def test_a_model_that_looks_at_the_whole_batch_is_refused(tmp_path: Path) -> None:
    nodes = [
        helper.make_node("ReduceMean", ["x", "axes"], ["mean"], keepdims=1),
        helper.make_node("Sub", ["x", "mean"], ["scores"]),
    ]
    shape: list[int | str] = ["N", 3]
    values = [("x", "FP32", shape)], [("scores", "FP32", shape)]
    model = write_model(tmp_path / "batch.onnx", nodes, *values, axes=np.array([0]))
    with pytest.raises(ConfigurationError, match="changes with the rows beside it"):
        pack(classifier_packing(tmp_path, model=model))


def arguments(tmp_path: Path, *more: str) -> list[str]:
    packing = classifier_packing(tmp_path)
    rows = ["--golden", str(packing.golden), "--profile-from", str(packing.profile_from), "--min-rows", "5"]
    named = ["--format", "onnx", "--name", "classifier", "--version", "1", "--out", str(tmp_path / "out" / "1")]
    return [str(packing.model), *named, *rows, *more]


def test_the_command_packs_and_says_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments(tmp_path)) == 0
    printed = capsys.readouterr().out
    assert f"{tmp_path}/out/1: packed" in printed
    assert load(tmp_path / "out" / "1").digest in printed
    assert "quality  accuracy        1.0000 on 12 golden rows" in printed


def test_the_command_says_when_the_release_is_there_already(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(arguments(tmp_path))
    assert main(arguments(tmp_path)) == 0
    assert "is there already, the same" in capsys.readouterr().out


def test_the_command_exits_with_2_for_a_mistake_and_shows_no_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments(tmp_path, "--scores", "probabilities"))
    assert capsys.readouterr().err.startswith("the model's scores is 'probabilities'")


def test_the_manifest_on_disk_is_for_people_too(tmp_path: Path) -> None:
    text = (pack(classifier_packing(tmp_path)).directory / "release.json").read_text()
    assert text.startswith('{\n  "schema_version": 1,')
    assert json.loads(text)["files"][0].keys() == {"path", "size_bytes", "sha256"}
