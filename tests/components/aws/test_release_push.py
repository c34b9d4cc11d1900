"""A release on its way into the store: what is sent, in which order, what is recorded, what is left alone."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from components.aws.release_push import push
from serving.errors import ReleaseError
from serving.fetch import fetch
from serving.release import MANIFEST, load
from serving.release_source import source_at
from tests.support.tiny_releases import linear_model, make_release

BUCKET = "slipway-dev-cloud-artifacts"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "of-the-emulator")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    make_release(linear_model(), tmp_path / "1", version="1")
    return tmp_path / "1"


def _push(directory: Path, s3: Any) -> list[str]:
    return list(push(load(directory), s3, bucket=BUCKET, namespace="models", model="tiny"))


def _keys(s3: Any) -> set[str]:
    return {each["Key"] for each in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])}


def test_every_file_is_pushed_below_the_release_s_digest_with_its_sha256(directory: Path, s3: Any) -> None:
    said = _push(directory, s3)
    found, prefix = load(directory), f"models/models/tiny/{load(directory).digest}"
    assert _keys(s3) == {f"{prefix}/{path}" for path in (MANIFEST, *(file.path for file in found.manifest.files))}
    assert all(" was pushed: " in line for line in said)
    for key in _keys(s3):
        stored = s3.get_object(Bucket=BUCKET, Key=key)
        assert stored["Metadata"] == {"sha256": hashlib.sha256(stored["Body"].read()).hexdigest()}


def test_what_was_pushed_is_what_a_pod_fetches(directory: Path, s3: Any, tmp_path: Path) -> None:
    _push(directory, s3)
    digest = load(directory).digest
    source = source_at(f"s3://{BUCKET}/models/models/tiny/{digest}")
    assert fetch(source, tmp_path / "fetched", sha256=digest, model="tiny").digest == digest


def test_the_manifest_comes_last_because_its_presence_means_complete(directory: Path, s3: Any) -> None:
    sent = push(load(directory), s3, bucket=BUCKET, namespace="models", model="tiny")
    files = len(load(directory).manifest.files)
    for _ in range(files):
        next(sent)
    assert not [key for key in _keys(s3) if key.endswith(MANIFEST)]
    (last,) = sent
    assert last.startswith(MANIFEST)


def test_a_push_that_broke_off_goes_on_where_it_stopped(directory: Path, s3: Any) -> None:
    next(push(load(directory), s3, bucket=BUCKET, namespace="models", model="tiny"))
    first, *others = _push(directory, s3)
    assert first.endswith(" is there already")
    assert all(" was pushed: " in line for line in others)
    assert all(line.endswith(" is there already") for line in _push(directory, s3))


def test_a_file_that_lies_there_with_another_content_is_replaced(directory: Path, s3: Any) -> None:
    found = load(directory)
    key = f"models/models/tiny/{found.digest}/{found.manifest.files[0].path}"
    s3.put_object(Bucket=BUCKET, Key=key, Body=b"other", Metadata={"sha256": "0" * 64})
    assert " was pushed: " in _push(directory, s3)[0]


def test_a_file_that_is_not_what_the_manifest_says_sends_nothing(directory: Path, s3: Any) -> None:
    names = [file["path"] for file in json.loads((directory / MANIFEST).read_text())["files"]]
    (directory / names[0]).write_bytes(b"other")
    with pytest.raises(ReleaseError, match="is not what its release"):
        _push(directory, s3)
    assert _keys(s3) == set()
