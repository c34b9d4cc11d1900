"""A candidate takes and gives what users of the live slot know, and says so itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.gate_evidence import Check, Evidence
from serving.gate_limits import GateLimits
from serving.gate_signature import signature
from tests.support.gated_slots import CLASSIFIER, FakeConnection, pinned, write_release

WIDER = [{"name": "x", "datatype": "FP32", "shape": [-1, 8]}]


def checks(candidate: FakeConnection, live: FakeConnection | None, **limits: Any) -> list[Check]:
    evidence = Evidence(
        candidate=pinned(candidate),
        live=pinned(live, "blue") if live else None,
        limits=GateLimits(**limits),
        clock=iter(()).__next__,
        go_on=lambda: True,
    )
    return list(signature(evidence))


@pytest.fixture(name="live")
def _live(tmp_path: Path) -> FakeConnection:
    return FakeConnection(release=write_release(tmp_path / "1"))


@pytest.fixture(name="folders")
def _folders(tmp_path: Path) -> Iterator[Path]:
    return (tmp_path / str(number) for number in range(2, 9))


def test_the_same_signature_passes(live: FakeConnection, folders: Iterator[Path]) -> None:
    found = checks(FakeConnection(release=write_release(next(folders))), live)
    assert [(check.name, check.status, check.figure, check.limit) for check in found] == [
        ("signature", "passed", 0, 0),
        ("served signature", "passed", 0, 0),
    ]


def test_the_order_of_outputs_does_not_matter(live: FakeConnection, folders: Iterator[Path]) -> None:
    release = write_release(next(folders), outputs=CLASSIFIER["outputs"][::-1])
    assert checks(FakeConnection(release=release), live)[0].status == "passed"


def test_without_a_live_slot_there_is_no_signature_to_keep(live: FakeConnection) -> None:
    assert [check.status for check in checks(live, None)] == ["skipped", "passed"]


def test_another_signature_fails_and_names_what_changed(live: FakeConnection, folders: Iterator[Path]) -> None:
    changed = write_release(
        next(folders), inputs=WIDER, outputs=[{"name": "label", "datatype": "INT32", "shape": [-1]}], scores=None
    )
    check = checks(FakeConnection(release=changed), live)[0]
    assert (check.status, check.figure, check.limit) == ("failed", 3, 0)
    assert check.sentence == (
        "input x is FP32 [-1, 8], not FP32 [-1, 4], output label is INT32 [-1], not INT64 [-1], "
        "output scores is absent, not FP32 [-1, 3]"
    )


def test_another_signature_passes_where_it_is_allowed_and_is_still_told(
    live: FakeConnection, folders: Iterator[Path]
) -> None:
    changed = FakeConnection(release=write_release(next(folders), inputs=WIDER))
    check = checks(changed, live, allow_signature_change=True)[0]
    assert (check.status, check.limit) == ("passed", None)
    assert check.sentence == "input x is FP32 [-1, 8], not FP32 [-1, 4] (allowed by allow_signature_change)"


def test_a_slot_that_serves_something_else_than_its_release_fails(live: FakeConnection) -> None:
    live.served = {"inputs": WIDER}
    check = checks(live, None)[1]
    assert (check.name, check.status) == ("served signature", "failed")
    assert check.sentence == "input x is FP32 [-1, 8], not FP32 [-1, 4]"
    assert live.closed == 1
