"""Editing a stack file for a release and a rollback: the change and nothing else."""

from pathlib import Path

import pytest

from infra.stack_file import edited, main, released, rolled_back
from serving.errors import ConfigurationError
from tests.support.tiny_releases import linear_model, make_release

STACK_FILE = """\
# Kept.
config:
  slipway:platform: {kind: local}
  slipway:gateway:
    clients: {demo: {models: [tiny]}} # kept too
  slipway:models:
    tiny:
      slots:
        blue: {release: releases/tiny/1}
      live: blue # change me
encryptionsalt: v1:abc
"""
RELEASED = STACK_FILE.replace(
    "        blue: {release: releases/tiny/1}\n      live: blue",
    "        blue: {release: releases/tiny/1}\n        green: {release: releases/tiny/2}\n      live: green",
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for version in ("1", "2"):
        make_release(linear_model(), tmp_path / "releases" / "tiny" / version, version=version)
    (tmp_path / "Pulumi.local.yaml").write_text(STACK_FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_release_goes_into_the_idle_slot_which_becomes_live_and_all_else_stays(project: Path) -> None:
    text = edited(STACK_FILE, "tiny", lambda model: released(model, "tiny", "releases/tiny/2", project), "f")
    assert text == RELEASED


def test_a_rollback_makes_the_other_slot_live_and_changes_no_release() -> None:
    text = edited(RELEASED, "tiny", lambda model: rolled_back(model, "tiny"), "f")
    # The comment keeps its column, as the YAML library does.
    assert text == RELEASED.replace("live: green #", "live: blue  #")


def test_a_model_with_one_release_has_nothing_to_roll_back_to() -> None:
    with pytest.raises(ConfigurationError, match=r"slots\.green has no release, so there is nothing to roll back to"):
        edited(STACK_FILE, "tiny", lambda model: rolled_back(model, "tiny"), "f")


def test_a_release_of_another_model_is_refused(project: Path) -> None:
    make_release(linear_model(), project / "other", name="other")
    with pytest.raises(ConfigurationError, match='is a release of "other", but the model is "tiny"'):
        edited(STACK_FILE, "tiny", lambda model: released(model, "tiny", "other", project), "f")


def test_a_misspelt_model_is_suggested() -> None:
    with pytest.raises(ConfigurationError, match=r'f has no model \'tinny\' \(did you mean "tiny"\?\); it has tiny'):
        edited(STACK_FILE, "tinny", lambda model: rolled_back(model, "tinny"), "f")


def test_the_command_shows_the_change_and_runs_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "--model", "tiny", "--release", "releases/tiny/2"]) == 0
    said = capsys.readouterr().out
    assert "+      live: green" in said
    assert "Nothing ran." in said
    assert (project / "Pulumi.local.yaml").read_text() == RELEASED


def test_a_refused_edit_leaves_the_stack_file_as_it_was(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "--model", "tiny", "--release", "releases/tiny/9"]) == 2
    assert "Pulumi.local.yaml is as it was." in capsys.readouterr().err
    assert (project / "Pulumi.local.yaml").read_text() == STACK_FILE


def test_a_corrupt_release_is_refused_before_it_is_named(project: Path) -> None:
    (project / "releases" / "tiny" / "2" / "model.onnx").write_bytes(b"no model")
    with pytest.raises(ConfigurationError, match=r"model\.onnx"):
        edited(STACK_FILE, "tiny", lambda model: released(model, "tiny", "releases/tiny/2", project), "f")
