"""What a slot refuses while planning, and when it needs another process."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.local.fragments import Weights
from components.local.model_slot import ModelSlotProvider, slot_spec
from components.local.stack_dir import StackDir
from serving.release import Release
from serving.repository import Runtime
from tests.support.supervised import stack_folder
from tests.support.tiny_releases import constant_model, make_release


@pytest.fixture(scope="module")
def releases(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    folder = tmp_path_factory.mktemp("releases")
    return [make_release(constant_model(label), folder / str(label), version=str(label)) for label in range(2)]


@pytest.fixture
def stack_dir() -> Iterator[StackDir]:
    with stack_folder() as folder:
        yield folder


def values(stack_dir: StackDir, release: Release, **named: str) -> dict[str, Any]:
    """Return a slot's inputs as Pulumi hands them over: every number a float; `named` says the release otherwise."""
    known = {"name": "tiny", "version": "1", "uri": str(release.directory), "sha256": release.digest}
    return {
        "stack_dir": str(stack_dir.path),
        "model": "tiny",
        "slot": "blue",
        "release": {**known, **named},
        "runtime": {"threads": 1.0, "instances": 1.0, "max_batch": 64.0},
        "command": ["server"],
        "first_port": 21000.0,
        "port_count": 60.0,
        "start_timeout_seconds": 60.0,
        "drain_seconds": 20.0,
    }


def failures(olds: dict[str, Any], news: dict[str, Any]) -> list[str]:
    return [failure.reason for failure in ModelSlotProvider().check(olds, news).failures]


def test_a_right_release_is_no_problem(stack_dir: StackDir, releases: list[Release]) -> None:
    news = values(stack_dir, releases[0])
    assert failures({}, news) == []
    assert failures(news, news) == []


def test_a_release_that_changed_since_it_was_planned_is_refused(stack_dir: StackDir, releases: list[Release]) -> None:
    (reason,) = failures({}, values(stack_dir, releases[0], sha256="0" * 64))
    assert f"has the digest {releases[0].digest}, but {'0' * 64} was planned" in reason


def test_a_new_release_with_a_corrupted_file_is_refused(stack_dir: StackDir, tmp_path: Path) -> None:
    release = make_release(constant_model(2), tmp_path / "release")
    (release.directory / "model.onnx").write_bytes(b"no model")
    (reason,) = failures({}, values(stack_dir, release))
    assert "model.onnx: has 8 bytes" in reason


def test_files_of_a_release_that_runs_already_are_not_read_again(stack_dir: StackDir, tmp_path: Path) -> None:
    release = make_release(constant_model(2), tmp_path / "release")
    (release.directory / "model.onnx").write_bytes(b"no model")
    same = values(stack_dir, release)
    assert failures(same, same) == [], "a plan must not take longer with every gigabyte that is served"


@pytest.mark.parametrize("share", [1, 100])
def test_a_slot_with_traffic_does_not_change_in_place(stack_dir: StackDir, releases: list[Release], share: int) -> None:
    Weights(weights={"blue": share, "green": 100 - share}).write(stack_dir, "tiny")
    (reason,) = failures(values(stack_dir, releases[0]), values(stack_dir, releases[1]))
    assert reason == (
        f"models.tiny.slots.blue takes {share} % of the traffic, so its release cannot change in place; "
        "put the new release into green and set models.tiny.live to green."
    )


@pytest.mark.parametrize("weights", [None, {"blue": 0, "green": 100}])
def test_a_slot_without_traffic_may_get_another_release(
    stack_dir: StackDir, releases: list[Release], weights: dict[str, int] | None
) -> None:
    if weights:
        Weights(weights=weights).write(stack_dir, "tiny")
    assert failures(values(stack_dir, releases[0]), values(stack_dir, releases[1])) == []


def test_a_release_that_only_moved_needs_no_other_process(stack_dir: StackDir, releases: list[Release]) -> None:
    olds = values(stack_dir, releases[0])
    moved = values(stack_dir, releases[0], uri="/elsewhere")
    assert not ModelSlotProvider().diff("id", olds, moved).changes
    assert ModelSlotProvider().diff("id", olds, values(stack_dir, releases[1])).changes


def test_another_slot_is_another_thing(stack_dir: StackDir, releases: list[Release]) -> None:
    olds = values(stack_dir, releases[0])
    assert ModelSlotProvider().diff("id", olds, {**olds, "slot": "green"}).replaces == ["slot"]


def test_a_slot_without_a_supervisor_has_a_problem(stack_dir: StackDir, releases: list[Release]) -> None:
    assert ModelSlotProvider().problem(values(stack_dir, releases[0])) == "there is no supervisor"


def test_a_slot_whose_stack_is_gone_is_deleted_without_a_word(stack_dir: StackDir, releases: list[Release]) -> None:
    ModelSlotProvider().delete("id", values(stack_dir, releases[0]))


def test_pulumis_numbers_become_whole_again(stack_dir: StackDir, releases: list[Release]) -> None:
    spec = slot_spec(values(stack_dir, releases[0]))
    assert spec.runtime == Runtime(threads=1, instances=1, max_batch=64)
    assert (spec.first_port, spec.port_count) == (21000, 60)
    assert isinstance(spec.first_port, int)
