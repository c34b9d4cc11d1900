"""A shift that goes back by itself: what `pulumi up` says, what the state says, and what users saw of it."""

import re
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import Prove
from tests.support import bad_releases as bad
from tests.support.callers import infer
from tests.support.load import load
from tests.support.switched_model import MODEL, QUIET_RATES, asked_rows
from tests.support.switching import Switching, switching_stack
from tests.support.tiny_releases import constant_model

pytestmark = [pytest.mark.e2e, pytest.mark.load]

# A tenth of what users ask.
FAILING_ROWS = 20
SLOW_SECONDS = 0.1


@pytest.fixture(scope="module")
def switching() -> Iterator[Switching]:
    with switching_stack() as made:
        yield made


def test_too_many_errors_put_all_traffic_back(switching: Switching, prove: Prove) -> None:
    failing = bad.release_of(bad.failing_on_unusual_rows(), switching.folder_for("failing"))
    switching.put("green", failing)
    with load(switching.plan(QUIET_RATES, unusual=FAILING_ROWS)) as running:
        failed = switching.up("green", fails=True)
        tally = running.stop()
    prove("abort by error rate", tally, planned=False, remark="a tenth of the rows fails in green")
    message = r"shift to green was aborted after [\d.]+ s by max_error_rate: error rate [\d.]+% .*, limit 0.1%; "
    assert re.search(message + "all traffic is on blue", failed.text), failed.text
    assert switching.weights == {"blue": 100, "green": 0}
    assert not tally.wrong
    assert not tally.lost
    assert all(refusal.endswith("by green") for refusal in tally.refused), tally


def test_after_an_abort_the_change_is_still_to_be_made_and_the_candidate_can_be_looked_at(switching: Switching) -> None:
    """The state says that the old slot is live; the stack file still asks for the other."""
    shown = switching.stack.preview().text
    assert f"{MODEL}-traffic" in shown
    assert "update" in shown
    one_row = {"x": asked_rows(0)[:1]}
    answer = infer(switching.stack.url, MODEL, one_row, x_api_key=switching.stack.keys["demo"], x_slipway_slot="green")
    assert answer.status == 200


def test_slow_answers_put_all_traffic_back(switching: Switching, prove: Prove) -> None:
    switching.back_to_blue()
    switching.put("green", bad.release_of(bad.slow(SLOW_SECONDS), switching.folder_for("slow")))
    with load(switching.plan(QUIET_RATES)) as running:
        failed = switching.up("green", fails=True, max_p99_ms=1000 * SLOW_SECONDS / 2)
        tally = running.stop()
    prove("abort by latency", tally)
    message = r"by max_p99_ms: p99 [\d.]+ ms \(\d+ of \d+ slower\), limit 50 ms; all traffic is on blue"
    assert re.search(message, failed.text), failed.text
    assert switching.weights["blue"] == 100


def test_other_predictions_put_all_traffic_back(switching: Switching, prove: Prove) -> None:
    switching.back_to_blue()
    switching.put("green", bad.release_of(constant_model(0), switching.folder_for("constant")))
    with load(switching.plan(QUIET_RATES)) as running:
        failed = switching.up("green", fails=True, max_prediction_distance=0.1)
        tally = running.stop()
    prove("abort by predictions", tally)
    message = r"by max_prediction_distance: predictions are [\d.]+ apart .*, limit 0.1; all traffic is on blue"
    assert re.search(message, failed.text), failed.text
    assert switching.weights["blue"] == 100
