"""A manifest says only what can be true."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from serving.manifest import Manifest, ReleaseFile, Tensor
from serving.release import load
from tests.support.releases import write_release

SHA256 = "0" * 64
SEGMENTS = st.text(st.characters(categories=["L", "N"]) | st.sampled_from("._- "), min_size=1, max_size=9).filter(
    lambda segment: segment not in {".", ".."} and segment.isprintable()
)


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    return load(write_release(tmp_path)).manifest.model_dump(mode="json")


def refusal(document: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as caught:
        Manifest.model_validate(document, strict=False)
    return str(caught.value)


@pytest.mark.parametrize(
    "path", ["", ".", "..", "/etc/passwd", "../x", "a/../../x", "a/..", "./x", "a//b", "a/", "a\\b", "a\nb", "a\x00b"]
)
def test_a_path_that_could_leave_the_release_is_refused(path: str) -> None:
    with pytest.raises(ValidationError, match=r"is not a path inside the release|at least 1 character"):
        ReleaseFile(path=path, size_bytes=1, sha256=SHA256)


@given(st.text(max_size=30) | st.lists(SEGMENTS | st.sampled_from(["..", ".", ""]), max_size=5).map("/".join))
def test_whatever_path_is_accepted_stays_inside(path: str) -> None:
    try:
        file = ReleaseFile(path=path, size_bytes=1, sha256=SHA256)
    except ValidationError:
        return
    inside = Path("/srv/release")
    assert (inside / file.path).resolve().is_relative_to(inside)
    assert (inside / file.path).resolve() != inside, "the release itself is no file of it"


@given(st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join))
def test_plain_relative_paths_are_accepted(path: str) -> None:
    assert ReleaseFile(path=path, size_bytes=0, sha256=SHA256).path == path


def test_a_manifest_cannot_list_itself() -> None:
    with pytest.raises(ValidationError, match=r"release\.json cannot list itself"):
        ReleaseFile(path="release.json", size_bytes=1, sha256=SHA256)


@pytest.mark.parametrize("shape", [(), (1, 2), (2,), (-1, 0), (-1, -1)])
def test_a_tensor_has_free_rows_first_and_fixed_sizes_after(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValidationError, match=r"must begin with -1 \(rows\) and go on with fixed sizes above 0"):
        Tensor(name="x", datatype="FP32", shape=shape)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("prediction", "lable", "prediction is 'lable', but outputs are label"),
        ("scores", "probs", "scores is 'probs', but outputs are label"),
        ("model_file", "m.onnx", "model_file is 'm.onnx', but files are golden.npz, model.onnx, profile.json"),
        ("profile", "p.json", "profile is 'p.json', but files are"),
        ("golden", {"path": "g.npz", "rows": 3}, "golden.path is 'g.npz', but files are"),
    ],
)
def test_a_manifest_names_only_what_it_lists(document: dict[str, Any], key: str, value: object, message: str) -> None:
    assert message in refusal(document | {key: value})


@pytest.mark.parametrize("key", ["inputs", "outputs", "files"])
def test_a_manifest_lists_nothing_twice(document: dict[str, Any], key: str) -> None:
    assert f"{key} names" in refusal(document | {key: document[key] * 2})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("schema_version", 2),
        ("name", "Digits"),
        ("version", "../1"),
        ("task", "ranking"),
        ("quality", {"accuracy": float("nan")}),
        ("inputs", []),
        ("inputs", [{"name": "x", "datatype": "FLOAT", "shape": [-1, 2]}]),
        ("golden", {"path": "golden.npz", "rows": 0}),
        ("source", {"data_sha256": "ABC"}),
    ],
)
def test_a_value_outside_the_format_is_refused(document: dict[str, Any], key: str, value: object) -> None:
    assert key in refusal(document | {key: value})


def test_a_manifest_cannot_be_changed(tmp_path: Path) -> None:
    manifest = load(write_release(tmp_path)).manifest
    with pytest.raises(ValidationError, match="frozen"):
        manifest.name = "other"  # type: ignore[misc]  # that is the point
