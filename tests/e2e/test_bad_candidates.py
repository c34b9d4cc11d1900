"""Releases that users must not get, stopped by the start of their slot or by its gate: before they have any traffic.

A load goes on all the while, and not one of its requests may notice.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from serving.release import Release
from tests.e2e.conftest import Prove
from tests.support import bad_releases as bad
from tests.support import misbehaving_format as test_format
from tests.support.load import load
from tests.support.stack import QUICK_GATE
from tests.support.switched_model import QUIET_RATES
from tests.support.switching import Switching, switching_stack
from tests.support.tiny_releases import linear_model, make_release_that_does_not_load

pytestmark = [pytest.mark.e2e, pytest.mark.load]

# A good slot starts in 2 s on a quiet machine.
START_SECONDS = 15
SLOW_SECONDS = 0.3

Make = Callable[[Path], Release]


def misbehaving(how: str) -> Make:
    """Make a release whose server misbehaves; its format is one that only this stack knows."""
    return lambda out: test_format.misbehaving(bad.release_of(test_format.marked(linear_model(), how), out))


# A name → how to make the release, other settings of its gate, and what `pulumi up` says.
REFUSED: dict[str, tuple[Make, dict[str, Any], str]] = {
    "another signature": (
        lambda out: bad.release_of(bad.answering_another_type(), out),
        {},
        "failed at signature: output label is INT32",
    ),
    "a corrupt file": (
        lambda out: bad.corrupted(bad.release_of(linear_model(), out)),
        {},
        "model.onnx: has sha256",
    ),
    "a model that cannot be loaded": (
        lambda out: make_release_that_does_not_load(out, version=out.name),
        {},
        "the model server ended while it loaded the model",
    ),
    "crashes when it is loaded": (
        misbehaving(test_format.CRASHES_WHEN_LOADED),
        {},
        "the model server ended while it loaded the model",
    ),
    "hangs when it is loaded": (
        misbehaving(test_format.HANGS_WHEN_LOADED),
        {},
        f"no right answer within {START_SECONDS} s",
    ),
    "crashes at the first request": (
        misbehaving(test_format.CRASHES_AT_THE_FIRST_REQUEST),
        {},
        f"no right answer within {START_SECONDS} s: status 500",
    ),
    "low accuracy": (
        lambda out: bad.release_of(bad.wrong_everywhere(), out),
        {"min_quality": {"accuracy": 0.8}},
        "failed at accuracy: accuracy 0.0000 on 60 golden rows, limit 0.8",
    ),
    "good accuracy, but not in one slice": (
        lambda out: bad.release_of(bad.wrong_in_one_slice(), out),
        {"min_quality": {"accuracy": 0.8}, "min_slice_quality": {"accuracy": 0.8}},
        "failed at accuracy of each slice",
    ),
    "ten times as slow": (
        lambda out: bad.release_of(bad.slow(SLOW_SECONDS), out),
        {"max_p99_ms": 1000 * SLOW_SECONDS / 2},
        "failed at p99 under load",
    ),
    "answers NaN": (
        lambda out: bad.with_model(bad.release_of(linear_model(), out), bad.answering_nan()),
        {},
        "failed at golden rows: green on golden rows 0 to 31: output probabilities has values that are no numbers",
    ),
}


@pytest.fixture(scope="module")
def switching() -> Iterator[Switching]:
    with switching_stack(platform={"start_timeout_seconds": START_SECONDS}) as made:
        test_format.install(made.stack)
        yield made


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_release_gets_no_traffic(switching: Switching, prove: Prove, name: str) -> None:
    make, gate, sentence = REFUSED[name]
    switching.back_to_blue()
    switching.model["gate"] = {**QUICK_GATE, **gate}
    with load(switching.plan(QUIET_RATES)) as running:
        switching.put("green", make(switching.folder_for(name)))
        refused = switching.up("green", fails=True)
        tally = running.stop()
    prove(f"refused: {name}", tally)
    assert sentence in refused.text
    assert tally.right.keys() == {"blue"}, "not one request may have reached the candidate"
    assert switching.weights["blue"] == 100
