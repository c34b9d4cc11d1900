"""Releases that pass every gate and are bad for users: the shift finds out, and all traffic goes back.

What shows only in traffic costs some requests of the few that the candidate was given; the table says how many. The
live slot loses none and gives no wrong answer.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.release import Release
from tests.e2e.conftest import Prove
from tests.support import bad_releases as bad
from tests.support import misbehaving_format as test_format
from tests.support.load import Tally, load
from tests.support.switched_model import QUIET_RATES
from tests.support.switching import Switching, switching_stack
from tests.support.tiny_releases import linear_model

pytestmark = [pytest.mark.e2e, pytest.mark.load]

Make = Callable[[Path], Release]
BUSY_RATES = {**QUIET_RATES, "rest": 600}
UNUSUAL_ROWS = 2
SECONDS_A_ROW = 0.0004


def misbehaving(how: str) -> Make:
    """Make a release whose server misbehaves; its format is one that only this stack knows."""
    return lambda out: test_format.misbehaving(bad.release_of(test_format.marked(linear_model(), how), out))


# A name → how to make the release, the load, settings of the shift, and the checks one of which stops it.
ROLLED_BACK: dict[str, tuple[Make, dict[str, float], dict[str, Any], set[str]]] = {
    "fails 1 % of requests": (
        lambda out: bad.release_of(bad.failing_on_unusual_rows(), out),
        QUIET_RATES,
        {},
        {"max_error_rate"},
    ),
    "crashes at a user's row": (
        misbehaving(test_format.CRASHES_AT_AN_UNUSUAL_ROW),
        QUIET_RATES,
        {},
        {"max_error_rate", "health"},
    ),
    "hangs at a user's row": (
        misbehaving(test_format.HANGS_AT_AN_UNUSUAL_ROW),
        QUIET_RATES,
        {"max_p99_ms": 2000},
        {"unanswered", "health", "max_error_rate"},
    ),
    "grows until it is killed": (
        misbehaving(test_format.GROWS),
        QUIET_RATES,
        {"hold_seconds": 3},
        {"max_error_rate", "health"},
    ),
    "slow only under load": (
        lambda out: bad.release_of(bad.slow_in_batches(SECONDS_A_ROW), out),
        BUSY_RATES,
        {"max_p99_ms": 400},
        {"max_p99_ms", "unanswered", "health"},
    ),
}


@pytest.fixture(scope="module")
def switching() -> Iterator[Switching]:
    with switching_stack() as made:
        test_format.install(made.stack)
        yield made


@pytest.mark.parametrize("name", ROLLED_BACK)
def test_a_release_that_is_bad_for_users_goes_back(switching: Switching, prove: Prove, name: str) -> None:
    make, rates, shift, checks = ROLLED_BACK[name]
    switching.back_to_blue()
    switching.put("green", make(switching.folder_for(name)))
    with load(switching.plan(rates, unusual=UNUSUAL_ROWS)) as running:
        failed = switching.up("green", fails=True, **shift)
        tally = running.stop()
    prove(f"rolled back: {name}", tally, planned=False)
    stopped = re.search(r"shift to green was aborted after [\d.]+ s by (\w+): .* all traffic is on blue", failed.text)
    assert stopped, failed.text
    assert stopped[1] in checks, failed.text
    assert switching.weights["blue"] == 100
    check_that_the_live_slot_did_its_part(tally)


def check_that_the_live_slot_did_its_part(tally: Tally) -> None:
    assert not tally.lost, tally
    assert not tally.wrong, tally
    assert all(refusal.endswith("by green") for refusal in tally.refused), tally
