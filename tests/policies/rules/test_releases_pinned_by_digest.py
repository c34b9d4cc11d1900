import re

import pytest
from planned_stack import MISSING, messages, spoil

ID = "model-artifact-pinned"
BLUE = "spec.slots.blue.release"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (f"{BLUE}.sha256", "abc", r'the digest "abc", not a sha256.*Where: model digits, spec.slots.blue'),
        (f"{BLUE}.sha256", "A" * 64, "64 hex digits"),
        (f"{BLUE}.sha256", MISSING, "has no digest.*Fix: publish the release with its digest"),
        (f"{BLUE}.version", "Latest", 'the version "Latest"'),
        (f"{BLUE}.version", MISSING, "has no version"),
        (f"{BLUE}.uri", "s3://models/digits/latest/", 'under "latest", which moves'),
        ("spec.slots.blue", {}, "has no digest"),
    ],
)
def test_a_release_that_can_move_is_refused(path: str, value: object, message: str) -> None:
    found = messages(ID, spoil("digits", path, value))
    assert re.search(message, found[0])


def test_the_process_that_loads_a_release_is_given_its_digest_too() -> None:
    (found,) = messages(ID, spoil("digits-blue", "release.sha256", "abc"))
    assert "Where: digits/blue, release.sha256." in found
    assert messages(ID, spoil("digits-blue", "release", MISSING))


def test_the_gate_measures_a_release_known_by_digest() -> None:
    (found,) = messages(ID, spoil("digits-green-gate", "release.sha256", "v2"))
    assert "Where: digits/green, release.sha256." in found
    assert messages(ID, spoil("digits-green-gate", "other.release.sha256", "v1"))


def test_the_first_gate_of_a_model_has_no_other_release_to_name() -> None:
    assert messages(ID, spoil("digits-green-gate", "other", None)) == []


def test_a_slot_without_a_release_is_nothing_to_pin() -> None:
    assert messages(ID, spoil("digits", "spec.slots.green", None)) == []


@pytest.mark.parametrize("uri", ["s3://bucket-1/digits/model", "releases/digits/11", "releases/1x/model"])
def test_where_the_uri_must_name_the_version_another_one_is_refused(uri: str) -> None:
    stack = spoil("digits", f"{BLUE}.uri", uri)
    assert 'version "1" names neither' in messages(ID, stack, versionInUri=True)[0]
    assert messages(ID, stack, versionInUri=False) == [], "on one machine the digest alone is enough"


@pytest.mark.parametrize(
    "uri",
    ["s3://b/digits/1/", "s3://b/digits/v1", "s3://b/digits-1.tar.gz", "s3://b/digits.zip?versionId=3H", "releases/1"],
)
def test_a_uri_names_its_version_by_folder_file_or_version_id(uri: str) -> None:
    assert messages(ID, spoil("digits", f"{BLUE}.uri", uri), versionInUri=True) == []


@pytest.mark.parametrize(("version", "passes"), [("a" * 12, True), ("a" * 7, False), ("b" * 12, False)])
def test_a_release_that_has_no_version_but_its_digest_may_lie_anywhere(version: str, passes: bool) -> None:
    stack = spoil("digits-blue", "release.version", version)
    assert (messages(ID, stack, versionInUri=True) == []) is passes
