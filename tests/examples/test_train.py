"""The examples train real models, pack them, and do it the same way every time."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from examples.digits import train as digits
from examples.digits.models import release_set as digits_set
from examples.release_set import ReleaseSet
from examples.training_command import SAMPLE_FILE, SAMPLE_LABEL_FILE, run
from examples.tumours import train as tumours
from examples.tumours.models import release_set as tumours_set
from serving.arrays import Array
from serving.errors import ReleaseError
from serving.formats import format_named
from serving.quality import predictions
from serving.release import Release, golden, load, verify
from serving.training_profile import Profile


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("releases")


@pytest.fixture(scope="module")
def packed(out: Path) -> dict[str, list[Release]]:
    return {
        "digits": digits.ensure(out / "digits", optional=True),
        "tumours": tumours.ensure(out / "tumours"),
    }


def answers(release: Release, rows: Array) -> Array:
    model = format_named("onnx").open_model(release.directory / release.manifest.model_file)
    return predictions(release.manifest, model.run({release.manifest.inputs[0].name: rows}))


@pytest.mark.parametrize(("name", "versions"), [("digits", ["1", "2", "3"]), ("tumours", ["1", "2"])])
def test_the_releases_verify_and_share_one_signature(
    packed: dict[str, list[Release]], name: str, versions: list[str]
) -> None:
    releases = packed[name]
    assert [release.manifest.version for release in releases] == versions
    assert len({(release.manifest.inputs, release.manifest.outputs) for release in releases}) == 1
    for release in releases:
        verify(release)


@pytest.mark.parametrize("name", ["digits", "tumours"])
def test_every_release_is_good_on_rows_it_never_saw(packed: dict[str, list[Release]], name: str) -> None:
    for release in packed[name]:
        assert release.manifest.quality["accuracy"] > 0.95
        assert release.manifest.quality["roc_auc"] > 0.99


def test_the_digits_are_served_under_the_names_of_the_readme(packed: dict[str, list[Release]]) -> None:
    manifest = packed["digits"][0].manifest
    assert [(tensor.name, tensor.datatype, tensor.shape) for tensor in manifest.inputs] == [
        ("pixels", "FP32", (-1, 64))
    ]
    assert {tensor.name for tensor in manifest.outputs} == {"label", "probabilities"}
    assert (manifest.prediction, manifest.scores) == ("label", "probabilities")


def test_the_models_are_of_different_kind_and_yet_agree_on_most_digits(packed: dict[str, list[Release]]) -> None:
    rows = golden(packed["digits"][0]).inputs["pixels"]
    linear, network, forest = (answers(release, rows) for release in packed["digits"])
    for one, other in ((linear, network), (linear, forest), (network, forest)):
        assert 0 < np.mean(one != other) < 0.05


@pytest.mark.parametrize("make", [digits_set, tumours_set])
def test_no_row_is_both_learned_from_and_judged_by(make: Callable[[], ReleaseSet]) -> None:
    rows = make()
    parts = [{row.tobytes() for row in part.features} for part in (rows.training, rows.golden, rows.sample)]
    assert not parts[0] & parts[1]
    assert not parts[2] & (parts[0] | parts[1])


def test_the_model_on_disk_answers_as_the_estimator_that_was_trained(packed: dict[str, list[Release]]) -> None:
    rows = tumours_set()
    estimator = rows.estimators["1"].fit(rows.training.features, rows.training.labels)
    assert np.array_equal(answers(packed["tumours"][0], rows.golden.features), estimator.predict(rows.golden.features))


def test_the_tumours_have_named_features_and_slices(packed: dict[str, list[Release]]) -> None:
    release = packed["tumours"][0]
    profile = Profile.model_validate_json((release.directory / release.manifest.profile).read_text())
    assert list(profile.features)[:2] == ["mean_radius", "mean_texture"]
    slices = golden(release).slices
    assert slices is not None
    names, counts = np.unique(slices, return_counts=True)
    assert names.tolist() == ["radius_q1", "radius_q2", "radius_q3", "radius_q4"]
    assert min(counts) >= 30, "a slice of a few rows proves nothing"


@pytest.mark.parametrize("name", ["digits", "tumours"])
def test_the_sample_is_a_request_that_the_models_answer_rightly(
    packed: dict[str, list[Release]], out: Path, name: str
) -> None:
    tensor = json.loads((out / name / SAMPLE_FILE).read_text())["inputs"][0]
    rows = np.array(tensor["data"], np.float32).reshape(tensor["shape"])
    for release in packed[name]:
        assert str(answers(release, rows)[0]) == (out / name / SAMPLE_LABEL_FILE).read_text().strip()


def test_releases_that_are_there_are_left_alone(packed: dict[str, list[Release]], out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in (out / "tumours").rglob("*")}
    assert [release.digest for release in tumours.ensure(out / "tumours")] == [
        release.digest for release in packed["tumours"]
    ]
    assert {path: path.stat().st_mtime_ns for path in (out / "tumours").rglob("*")} == before


@pytest.mark.usefixtures("packed")
def test_nothing_heavy_is_imported_when_there_is_nothing_to_train(out: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from examples.digits.train import ensure; "
        f"ensure(Path({str(out / 'digits')!r})); print('sklearn' in sys.modules, 'skl2onnx' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_another_process_makes_the_same_releases(packed: dict[str, list[Release]], tmp_path: Path) -> None:
    for name in ("digits", "tumours"):
        command = [sys.executable, "-m", f"examples.{name}.train", "--out", str(tmp_path / name)]
        subprocess.run(command, check=True, capture_output=True)
        for release in packed[name][:2]:
            again = load(tmp_path / name / release.manifest.version)
            assert again.digest == release.digest, "digests are pinned: training twice must not change them"


def test_a_sample_that_was_lost_is_written_again(packed: dict[str, list[Release]], out: Path) -> None:
    assert packed
    (out / "tumours" / SAMPLE_FILE).unlink()
    tumours.ensure(out / "tumours")
    assert (out / "tumours" / SAMPLE_FILE).exists()


def test_a_damaged_release_is_reported_and_not_trained_over(tmp_path: Path) -> None:
    (release,) = tumours.ensure(tmp_path)[:1]
    (release.directory / "profile.json").write_text("{}")
    with pytest.raises(ReleaseError, match=r"profile\.json: has 2 bytes"):
        tumours.ensure(tmp_path)
    with pytest.raises(SystemExit, match="2"):
        run("examples.tumours", tmp_path, ("1",), (), [])


@pytest.mark.usefixtures("packed")
def test_the_command_prints_a_line_per_release(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("examples.digits", out / "digits", ("1", "2"), ("3",), ["--all"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [str(out / "digits" / version) for version in ("1", "2", "3")]
    assert "accuracy 0.9" in lines[0]
