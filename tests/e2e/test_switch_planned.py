"""Everything that is done to a model on purpose while it is asked without pause: no request may notice.

Every answer is compared with what the release that gave it computes in this process.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from components.local.fragments import Weights
from tests.e2e.conftest import Prove
from tests.support.load import load
from tests.support.switching import MODEL, Switching, switching_stack

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("load")]

ROUND_TRIPS = 20
QUICK: dict[str, Any] = {"steps_percent": [1, 25, 100], "hold_seconds": 0.2, "min_requests": 1}


@pytest.fixture(scope="module")
def switching() -> Iterator[Switching]:
    with switching_stack() as made:
        yield made


def forget_what_was_live_before(switching: Switching) -> None:
    """Let the way back be a shift of its own and no rollback."""
    known = Weights.read(switching.stack.stack_dir, MODEL)
    assert known is not None
    replace(known, previous=None).write(switching.stack.stack_dir, MODEL)


def test_twenty_shifts_there_and_back_lose_no_request(switching: Switching, prove: Prove) -> None:
    with load(switching.plan()) as running:
        for _ in range(ROUND_TRIPS):
            for slot in ("green", "blue"):
                forget_what_was_live_before(switching)
                outcome = switching.lead(slot, **QUICK)
                assert outcome.moved, outcome.verdict
                assert len(outcome.looks) >= len(QUICK["steps_percent"]), "every step must have been watched"
        tally = running.stop()
    prove(f"{2 * ROUND_TRIPS} shifts, blue to green to blue", tally)
    assert min(tally.right["blue"], tally.right["green"]) > tally.total / 4, "both slots must have had their share"
