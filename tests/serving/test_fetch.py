"""A release is fetched whole and as its digest says, or not at all."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from serving.errors import ConfigurationError, ReleaseError
from serving.fetch import fetch, main, read_runtime
from serving.golden_probe import GoldenProbe
from serving.probe import Probe
from serving.release import MANIFEST, Release, load, verify
from serving.release_source import FolderSource, source_at
from serving.repository import Runtime
from tests.support.tiny_releases import linear_model, make_release

BUCKET = "releases"


@pytest.fixture(name="release", scope="module")
def _release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return make_release(linear_model(), tmp_path_factory.mktemp("packed") / "release")


@pytest.fixture(name="copy")
def _copy(release: Release, tmp_path: Path) -> Path:
    """The release where it is fetched from, to be spoiled."""
    return Path(shutil.copytree(release.directory, tmp_path / "source"))


def fetched(source: Path, release: Release, target: Path) -> Release:
    return fetch(FolderSource(source), target, sha256=release.digest, model="tiny")


def left(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_is_fetched_is_the_release(copy: Path, release: Release, tmp_path: Path) -> None:
    found = fetched(copy, release, tmp_path / "out" / "release")
    verify(found)
    assert found.digest == release.digest
    assert left(tmp_path / "out") == {"release"}, "nothing half-written stays"


def test_a_mounted_config_map_consists_of_links_and_is_read_through_them(release: Release, tmp_path: Path) -> None:
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "..data").symlink_to(release.directory)
    for path in release.directory.iterdir():
        (mounted / path.name).symlink_to(Path("..data") / path.name)
    verify(fetched(mounted, release, tmp_path / "out"))


def test_a_release_that_is_there_already_is_replaced(copy: Path, release: Release, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "stale").touch()
    fetched(copy, release, tmp_path / "out")
    assert "stale" not in left(tmp_path / "out")


def grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def shrink(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (grow, r"model.onnx has more bytes, the manifest says \d+; pack the release again"),
        (shrink, r"model.onnx has \d+ bytes, the manifest says \d+"),
        (flip, r"model.onnx has sha256 \w+, not \w+; pack"),
        (Path.unlink, r"model.onnx cannot be read \(No such file"),
    ],
)
def test_a_spoiled_file_leaves_nothing_behind(
    copy: Path, release: Release, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    spoil(copy / release.manifest.model_file)
    with pytest.raises(ReleaseError, match=said):
        fetched(copy, release, tmp_path / "out" / "release")
    assert not left(tmp_path / "out")


def test_another_manifest_under_the_same_address_is_refused(copy: Path, release: Release, tmp_path: Path) -> None:
    manifest = json.loads((copy / MANIFEST).read_text())
    (copy / MANIFEST).write_text(json.dumps({**manifest, "version": "9"}))
    with pytest.raises(ReleaseError, match=rf"has sha256 \w+, not {release.digest}; it was replaced where it lies"):
        fetched(copy, release, tmp_path / "out")


def test_a_release_of_another_model_is_refused(copy: Path, release: Release, tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="the release is of model tiny, not of digits"):
        fetch(FolderSource(copy), tmp_path / "out", sha256=release.digest, model="digits")


def test_the_command_writes_all_that_a_slot_needs(copy: Path, release: Release, tmp_path: Path) -> None:
    outputs = {name: tmp_path / "work" / name for name in ("release", "repository", "probes/blue.json")}
    arguments = ["--uri", copy.as_uri(), "--sha256", release.digest, "--model", "tiny", "--runtime", '{"threads": 2}']
    options = ("--release-out", "--repository-out", "--probe-out")
    for option, path in zip(options, outputs.values(), strict=True):
        arguments += [option, str(path)]
    assert main(arguments) == 0
    assert load(outputs["release"]).digest == release.digest
    assert 'string_value: "2"' in (outputs["repository"] / "tiny" / "config.pbtxt").read_text()
    written = GoldenProbe.read(json.loads(outputs["probes/blue.json"].read_text()))
    assert written.document() == Probe.of(release).document()
    assert left(tmp_path / "work") == {"release", "repository", "probes"}


def test_a_golden_question_alone_is_fetched_without_the_model(copy: Path, release: Release, tmp_path: Path) -> None:
    (copy / release.manifest.model_file).unlink()
    arguments = ["--uri", copy.as_uri(), "--sha256", release.digest, "--model", "tiny"]
    path = tmp_path / "work" / "probes" / "blue.json"
    assert main([*arguments, "--probe-out", str(path)]) == 0
    assert GoldenProbe.read(json.loads(path.read_text())).document() == Probe.of(release).document()
    assert left(path.parent) == {"blue.json"}


def test_a_golden_set_that_was_replaced_is_refused(
    copy: Path, release: Release, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flip(copy / release.manifest.golden.path)
    arguments = ["--uri", copy.as_uri(), "--sha256", release.digest, "--model", "tiny"]
    with pytest.raises(SystemExit):
        main([*arguments, "--probe-out", str(tmp_path / "blue.json")])
    assert "has sha256" in capsys.readouterr().err
    assert not (tmp_path / "blue.json").exists()


def test_a_repository_alone_keeps_no_release(copy: Path, release: Release, tmp_path: Path) -> None:
    arguments = ["--uri", copy.as_uri(), "--sha256", release.digest, "--model", "tiny"]
    assert main([*arguments, "--repository-out", str(tmp_path / "work" / "repository")]) == 0
    assert left(tmp_path / "work") == {"repository"}
    assert left(tmp_path / "work" / "repository") == {"tiny"}


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (["--sha256", "0" * 64], "the release has sha256"),
        (["--uri", "ftp://x/y"], "cannot be fetched"),
        (["--uri", "s3://bucket-alone"], "is half an address; give s3://BUCKET/PREFIX"),
        (["--runtime", '{"thread": 1}'], "--runtime has thread; allowed are threads, "),
        ([], "nothing is to be written; give --release-out"),
    ],
)
def test_the_readers_mistake_is_one_sentence(
    release: Release, tmp_path: Path, others: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--uri", release.directory.as_uri(), "--sha256", release.digest, "--model", "tiny", *others]
    if others:
        arguments += ["--release-out", str(tmp_path / "out")]
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [("[]", "--runtime: "), ('{"device": "tpu"}', "--runtime.device: Input should be 'cpu' or 'gpu'")],
)
def test_a_runtime_that_cannot_be_read_is_explained(text: str, said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_runtime(text)


def test_a_runtime_is_read_from_json() -> None:
    assert read_runtime('{"threads": 2.0, "device": "gpu"}') == Runtime(threads=2, device="gpu")


@pytest.fixture(name="bucket")
def _bucket(release: Release, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A bucket with the release below a prefix."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        client = boto3.client("s3")
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        for path in release.directory.iterdir():
            client.upload_file(str(path), BUCKET, f"tiny/1/{path.name}")
        yield


@pytest.mark.usefixtures("bucket")
def test_a_release_in_a_bucket_is_fetched_as_one_in_a_folder(release: Release, tmp_path: Path) -> None:
    found = fetch(source_at(f"s3://{BUCKET}/tiny/1/"), tmp_path / "out", sha256=release.digest, model="tiny")
    verify(found)
    assert found.digest == release.digest


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize("where", [f"{BUCKET}/tiny/2", "no-such-bucket/tiny/1"])
def test_a_release_that_is_not_in_the_bucket_is_the_readers_mistake(
    where: str, release: Release, tmp_path: Path
) -> None:
    with pytest.raises(ReleaseError, match=rf"s3://{where}/release.json is not there \(NoSuch"):
        fetch(source_at(f"s3://{where}"), tmp_path / "out", sha256=release.digest, model="tiny")
