"""A release is read, named and checked."""

import errno
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.errors import ConfigurationError, ReleaseError
from serving.release import canonical, digest_of, golden, load, locate, read_file, verify
from serving.release_command import main
from tests.support.releases import write_release

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
).filter(lambda value: "\\ud" not in json.dumps(value))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return write_release(tmp_path / "1")


def write_golden(directory: Path, arrays: dict[str, Any]) -> None:
    """Give a release another golden set, and the manifest that fits."""
    np.savez(directory / "other.npz", **arrays)
    content = (directory / "other.npz").read_bytes()
    write_release(directory)
    (directory / "golden.npz").write_bytes(content)
    document = json.loads((directory / "release.json").read_text())
    document["files"][0] |= {"size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (directory / "release.json").write_text(json.dumps(document))


def _refuse(*_: object) -> None:
    raise PermissionError(errno.EACCES, "Permission denied")


@given(st.dictionaries(st.text(), JSON_VALUES, max_size=5))
def test_the_digest_does_not_depend_on_how_the_manifest_is_laid_out(document: dict[str, Any]) -> None:
    relaid = json.loads(json.dumps(dict(reversed(document.items())), indent=3))
    assert digest_of(relaid) == digest_of(document)


@given(JSON_VALUES, JSON_VALUES)
def test_different_documents_have_different_canonical_forms(one: object, other: object) -> None:
    same = canonical(one) == canonical(other)
    assert same == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


def test_the_digest_is_the_sha256_of_sorted_compact_utf8_json() -> None:
    assert canonical({"b": [1, 0.5], "a": "é"}) == '{"a":"é","b":[1,0.5]}'.encode()


def test_a_release_keeps_its_digest_when_its_manifest_is_reformatted(directory: Path) -> None:
    digest = load(directory).digest
    document = json.loads((directory / "release.json").read_text())
    (directory / "release.json").write_text(json.dumps(document, indent=4, sort_keys=True))
    assert load(directory).digest == digest


def test_a_release_has_another_digest_when_a_word_of_its_manifest_changes(directory: Path) -> None:
    digest = load(directory).digest
    assert load(write_release(directory, version="2")).digest != digest


def test_a_directory_without_a_manifest_is_not_a_release(tmp_path: Path) -> None:
    with pytest.raises(
        ReleaseError, match=r"is not a release: release.json cannot be read .* with `python -m serving.pack`"
    ):
        load(tmp_path)


@pytest.mark.parametrize("text", ["", "[1]", "{", '{"a": 1', "\x00"])
def test_a_manifest_that_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "release.json").write_text(text)
    with pytest.raises(ReleaseError, match=r"release\.json"):
        load(tmp_path)


def test_a_manifest_that_says_a_thing_twice_is_refused(directory: Path) -> None:
    text = (directory / "release.json").read_text()
    (directory / "release.json").write_text(text.replace('"version": "1"', '"version": "1", "version": "2"'))
    with pytest.raises(ReleaseError, match="version more than once"):
        load(directory)


def test_every_problem_of_a_manifest_is_in_one_message(directory: Path) -> None:
    write_release(directory, name="Digits!", colour="red", quality={"accuracy": "good"})
    with pytest.raises(ReleaseError, match=r"(?s)name: .*got 'Digits!'.*quality\.accuracy.*colour"):
        load(directory)


def test_an_unspoilt_release_verifies(directory: Path) -> None:
    verify(load(directory))


def test_every_file_that_differs_is_in_one_message(directory: Path) -> None:
    release = load(directory)
    (directory / "golden.npz").unlink()
    (directory / "model.onnx").write_bytes(b"Weights")
    (directory / "profile.json").write_bytes(b"{} ")
    with pytest.raises(
        ReleaseError, match=r"(?s)golden.npz: is missing.*model.onnx: has sha256.*profile.json: has 3 bytes"
    ):
        verify(release)


def test_a_file_that_is_a_link_is_refused_even_if_its_content_is_right(directory: Path, tmp_path: Path) -> None:
    (directory / "model.onnx").rename(tmp_path / "elsewhere")
    (directory / "model.onnx").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ReleaseError, match=r"model.onnx: is reached through a symbolic link"):
        verify(load(directory))


def test_a_file_below_a_linked_folder_is_refused(directory: Path, tmp_path: Path) -> None:
    document = json.loads((directory / "release.json").read_text())
    (tmp_path / "elsewhere").mkdir()
    (directory / "model.onnx").rename(tmp_path / "elsewhere" / "model.onnx")
    (directory / "weights").symlink_to(tmp_path / "elsewhere")
    document["files"][1]["path"] = document["model_file"] = "weights/model.onnx"
    (directory / "release.json").write_text(json.dumps(document))
    with pytest.raises(ReleaseError, match=r"weights/model.onnx: is reached through a symbolic link"):
        verify(load(directory))


def test_a_release_may_itself_be_reached_through_a_link(directory: Path, tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to(directory)
    verify(load(tmp_path / "latest"))


def test_a_file_that_may_not_be_read_is_a_problem_of_the_release(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = load(directory)
    monkeypatch.setattr(Path, "open", _refuse)  # root may read every file, so the mode alone proves nothing
    with pytest.raises(ReleaseError, match=r"model.onnx: cannot be read \(Permission denied\)"):
        verify(release)


def test_only_bytes_that_were_checked_are_read(directory: Path) -> None:
    release = load(directory)
    assert read_file(release, "model.onnx") == b"weights"
    (directory / "model.onnx").write_bytes(b"Weights")
    with pytest.raises(ReleaseError, match=r"model\.onnx: has sha256 .* restore the release"):
        read_file(release, "model.onnx")


def test_a_file_that_the_manifest_does_not_name_is_not_read(directory: Path) -> None:
    (directory / "notes.txt").write_text("not part of it")
    with pytest.raises(ReleaseError, match=r"notes.txt is not among the files"):
        read_file(load(directory), "notes.txt")


def test_the_golden_set_is_read_by_the_names_of_the_inputs(directory: Path) -> None:
    rows = golden(load(directory))
    assert rows.inputs["x"].shape == (3, 2)
    assert rows.expected.tolist() == [0, 1, 2]
    assert rows.slices is None


def test_the_golden_set_may_be_in_slices(directory: Path) -> None:
    arrays = {
        "input:x": np.zeros((3, 2)),
        "expected": np.arange(3),
        "answers": np.arange(3),
        "slice": np.array(["a", "b", "b"]),
    }
    write_golden(directory, arrays)
    slices = golden(load(directory)).slices
    assert slices is not None
    assert slices.tolist() == ["a", "b", "b"]


@pytest.mark.parametrize(
    "arrays",
    [
        {"input:x": np.zeros((3, 2))},
        {"input:y": np.zeros((3, 2)), "expected": np.arange(3), "answers": np.arange(3)},
        {"input:x": np.zeros((3, 2)), "expected": np.arange(4), "answers": np.arange(4)},
        {"input:x": np.zeros((2, 2)), "expected": np.arange(2), "answers": np.arange(2)},
    ],
    ids=["no expected answers", "another input", "ragged", "fewer rows than the manifest says"],
)
def test_a_golden_set_that_does_not_fit_the_manifest_is_refused(directory: Path, arrays: dict[str, Any]) -> None:
    write_golden(directory, arrays)
    with pytest.raises(ReleaseError, match=r"allowed are \['answers', 'expected', 'input:x'\].* each with 3 rows"):
        golden(load(directory))


def test_a_golden_set_of_pickled_objects_is_not_unpickled(directory: Path) -> None:
    arrays = {"input:x": np.array([{}, {}, {}], dtype=object), "expected": np.arange(3), "answers": np.arange(3)}
    write_golden(directory, arrays)
    with pytest.raises(ReleaseError, match=r"not a NumPy .npz of plain arrays"):
        golden(load(directory))


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("releases/digits/1", "/base/releases/digits/1"),
        ("/srv/releases/1", "/srv/releases/1"),
        ("file:///srv/my%20releases/1", "/srv/my releases/1"),
        ("file://localhost/srv/1", "/srv/1"),
    ],
)
def test_a_release_is_found_by_path_or_file_address(uri: str, path: str) -> None:
    assert locate(uri, Path("/base")) == Path(path)


@pytest.mark.parametrize("uri", ["s3://bucket/digits/1", "https://host/digits/1", "file://host/digits/1"])
def test_other_addresses_are_refused_with_what_is_supported(uri: str) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be fetched: allowed are a path and file:///absolute/path"):
        locate(uri, Path("/base"))


def test_the_command_prints_the_check_of_each_file(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(directory)]) == 0
    printed = capsys.readouterr().out
    assert [line.split()[:2] for line in printed.splitlines()[:3]] == [
        ["ok", "golden.npz"],
        ["ok", "model.onnx"],
        ["ok", "profile.json"],
    ]
    assert load(directory).digest in printed


def test_the_command_exits_with_1_when_a_file_differs(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (directory / "model.onnx").write_bytes(b"other weights")
    assert main(["verify", str(directory)]) == 1
    assert "FAIL model.onnx          has 13 bytes, the manifest says 7" in capsys.readouterr().out


def test_the_command_exits_with_2_when_there_is_no_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["verify", str(tmp_path)])
    assert "is not a release" in capsys.readouterr().err


def test_the_command_shows_what_a_release_says_of_itself(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(directory)]) == 0
    printed = capsys.readouterr().out
    assert "input    x               FP32   [-1, 2]" in printed
    assert "quality  accuracy        1.0000 on 3 golden rows" in printed
