"""Large files on their way into the store: what is sent, what is recorded, what is left alone."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.aws import release_push
from components.aws.release_push import push
from serving.errors import ReleaseError
from serving.release import load
from tests.support.tiny_releases import linear_model, make_release

BUCKET = "slipway-dev-cloud-artifacts"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-the-emulator")
    monkeypatch.setattr(release_push, "MIB", 1)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    make_release(linear_model(), tmp_path / "1", version="1")
    return tmp_path / "1"


def _push(directory: Path, s3: Any, limit_bytes: int = 1) -> list[str]:
    return list(push(load(directory), s3, bucket=BUCKET, namespace="models", model="tiny", limit_mib=limit_bytes))


def _keys(s3: Any) -> set[str]:
    return {each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def test_every_large_file_is_pushed_below_the_releases_digest_with_its_sha256(directory: Path, s3: Any) -> None:
    said = _push(directory, s3)
    found, prefix = load(directory), f"models/models/tiny/{load(directory).digest}"
    assert _keys(s3) == {f"{prefix}/{file.path}" for file in found.manifest.files}
    assert all(" was pushed: " in line for line in said)
    for file in found.manifest.files:
        stored = s3.get_object(Bucket=BUCKET, Key=f"{prefix}/{file.path}")
        assert stored["Metadata"] == {"sha256": hashlib.sha256(stored["Body"].read()).hexdigest()}


def test_the_manifest_is_never_pushed_because_its_presence_means_complete(directory: Path, s3: Any) -> None:
    _push(directory, s3)
    assert not [key for key in _keys(s3) if key.endswith("release.json")]


def test_what_is_there_is_not_sent_again(directory: Path, s3: Any) -> None:
    _push(directory, s3)
    assert all(line.endswith(" is there already") for line in _push(directory, s3))


def test_small_files_are_left_to_pulumi(directory: Path, s3: Any) -> None:
    assert _push(directory, s3, limit_bytes=1 << 30) == []
    assert _keys(s3) == set()


def test_a_file_that_is_not_what_the_manifest_says_sends_nothing(directory: Path, s3: Any) -> None:
    names = [file["path"] for file in json.loads((directory / "release.json").read_text())["files"]]
    (directory / names[0]).write_bytes(b"other")
    with pytest.raises(ReleaseError, match="is not what its release"):
        _push(directory, s3)
    assert _keys(s3) == set()
