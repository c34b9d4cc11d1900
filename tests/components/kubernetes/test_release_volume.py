"""How a release comes to a pod."""

import base64
from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.release_volume import CONFIG_MAP_BYTES, config_map_data, release_volume, size_problems
from serving.errors import ConfigurationError
from serving.release import load, verify
from tests.support.cluster_examples import release, release_spec
from tests.support.tiny_releases import linear_model, make_release


def distant(uri: str, **more: Any) -> dict[str, Any]:
    return {"name": "digits", "version": "9", "uri": uri, "sha256": "9" * 64, **more}


def test_a_mounted_config_map_is_the_release_again(tmp_path: Path) -> None:
    spec = release_spec("digits", "1")
    data, volume = config_map_data(spec["uri"]), release_volume(spec)
    assert volume.volume
    for item in volume.volume["configMap"]["items"]:
        file = tmp_path / item["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(data[item["key"]]))
    verify(load(tmp_path))
    assert load(tmp_path).digest == spec["sha256"]


def test_two_releases_in_one_pod_are_mounted_apart() -> None:
    first, second = (release_volume(release_spec("digits", version), at) for at, version in enumerate(("1", "2")))
    assert (first.uri, second.uri) == ("file:///release/0", "file:///release/1")
    assert first.volume != second.volume


def test_a_bucket_needs_no_volume_and_the_way_to_it() -> None:
    volume = release_volume(distant("s3://bucket/digits/9"))
    assert volume.from_s3
    assert (volume.volumes("fetch"), volume.mounts("fetch")) == ([], [])


def test_a_volume_of_the_cluster_is_only_read() -> None:
    volume = release_volume(distant("file:///volume/digits/9", claim="releases"))
    assert volume.uri == "file:///volume/digits/9"
    assert volume.volumes("fetch") == [
        {"name": "fetch", "persistentVolumeClaim": {"claimName": "releases", "readOnly": True}}
    ]


def test_a_release_that_changed_after_it_was_planned_is_not_copied(tmp_path: Path) -> None:
    made = make_release(linear_model(), tmp_path / "1")
    (tmp_path / "1" / made.manifest.files[0].path).write_bytes(b"other")
    with pytest.raises(ConfigurationError, match="restore the release"):
        config_map_data(str(tmp_path / "1"))


def test_a_release_that_no_config_map_holds_is_told_where_to_go(monkeypatch: pytest.MonkeyPatch) -> None:
    found = release("digits", "1")
    uri = str(found.directory)
    assert list(size_problems("models.digits.slots.blue.release", uri, found)) == []
    monkeypatch.setattr("components.kubernetes.release_volume.CONFIG_MAP_BYTES", 100)
    (sentence,) = size_problems("models.digits.slots.blue.release", uri, found)
    assert sentence.startswith(f"models.digits.slots.blue.release: {uri} has ")
    assert "put it into a bucket and write {uri: s3://…, sha256: …}, or onto a volume of the cluster" in sentence
    with pytest.raises(ConfigurationError, match="goes into the cluster as a ConfigMap of at most 1 MiB"):
        config_map_data(uri)
    assert CONFIG_MAP_BYTES == 1024 * 1024
