"""Finding the releases that a stack file names."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.releases import planned_releases
from infra.settings import Settings
from serving.errors import ConfigurationError
from serving.release import MANIFEST, Release
from tests.support.tiny_releases import linear_model, make_release


@pytest.fixture
def release(tmp_path: Path) -> Release:
    return make_release(linear_model(), tmp_path / "releases" / "tiny" / "1")


def settings(**slots: Any) -> Settings:
    """Return a stack with one model, whose slots name these releases."""
    named = {slot: {"release": release} for slot, release in slots.items()}
    return Settings.model_validate(
        {
            "platform": {"kind": "local"},
            "gateway": {"clients": {}},
            "models": {"tiny": {"slots": named, "live": next(iter(slots))}},
        }
    )


def change(release: Release, **changes: Any) -> None:
    path = release.directory / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_relative_path_starts_from_the_project(release: Release, tmp_path: Path) -> None:
    planned = planned_releases(settings(blue="releases/tiny/1"), tmp_path)["tiny"]["blue"]
    assert planned.spec() == {"name": "tiny", "version": "1", "uri": "releases/tiny/1", "sha256": release.digest}


def test_a_release_may_be_named_by_place_and_digest(release: Release, tmp_path: Path) -> None:
    named = {"uri": release.directory.as_uri(), "sha256": release.digest}
    planned = planned_releases(settings(blue=named), tmp_path)["tiny"]["blue"]
    assert planned.spec() == {"name": "tiny", "version": "1", **named}


def test_another_release_than_the_named_one_is_refused(release: Release, tmp_path: Path) -> None:
    named = {"uri": release.directory.as_uri(), "sha256": "0" * 64}
    with pytest.raises(ConfigurationError, match=f"has the digest {release.digest}, but the stack file says 0000"):
        planned_releases(settings(blue=named), tmp_path)


def test_a_release_of_another_model_is_refused(tmp_path: Path) -> None:
    make_release(linear_model(), tmp_path / "other", name="other")
    with pytest.raises(ConfigurationError, match='other is a release of "other", but the model is "tiny"; name a'):
        planned_releases(settings(blue="other"), tmp_path)


def test_a_format_that_nothing_runs_is_refused_with_those_that_are_run(release: Release, tmp_path: Path) -> None:
    change(release, format="pickle")
    with pytest.raises(ConfigurationError, match=r'format "pickle"; supported are onnx.* Export the model to one'):
        planned_releases(settings(blue="releases/tiny/1"), tmp_path)


def test_every_release_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as refused:
        planned_releases(settings(blue="none", green="s3://bucket/release"), tmp_path)
    first, second = str(refused.value).splitlines()
    assert first.startswith("models.tiny.slots.blue.release: ")
    assert "is not a release: release.json cannot be read" in first
    assert second.startswith("models.tiny.slots.green.release: release 's3://bucket/release' cannot be fetched")


@pytest.mark.usefixtures("release")
def test_the_slots_of_a_model_have_one_task(tmp_path: Path) -> None:
    other = make_release(linear_model(), tmp_path / "releases" / "tiny" / "2", version="2")
    change(other, task="regression")
    with pytest.raises(ConfigurationError, match=r"models.tiny.slots: the releases have different tasks"):
        planned_releases(settings(blue="releases/tiny/1", green="releases/tiny/2"), tmp_path)
