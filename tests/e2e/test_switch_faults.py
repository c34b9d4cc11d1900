"""Model servers that end while they are asked without pause: what users notice of it.

The gateway tries a request again that its slot did not answer. So nobody notices the end of a slot beside one that
works; the end of the only slot that has traffic costs requests until the supervisor has started it again, and the table
says how many.
"""

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from serving.shift_outcome import Outcome
from tests.e2e.conftest import Prove
from tests.support.load import Tally, load
from tests.support.switched_model import QUIET_RATES
from tests.support.switching import Switching, switching_stack
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.load]

SIGNALS = [signal.SIGTERM, signal.SIGKILL]
HALF: dict[str, Any] = {"steps_percent": [50, 100], "hold_seconds": 4}
# Starting a model server takes 2 s on a quiet machine.
BACK_SECONDS = 60


@pytest.fixture(scope="module")
def stack() -> Iterator[Switching]:
    with switching_stack() as made:
        yield made


@pytest.fixture
def switching(stack: Switching) -> Switching:
    """A stack with both slots well and all traffic on blue."""
    until(lambda: stack.healthy("blue") and stack.healthy("green"), BACK_SECONDS, "answers of both slots")
    stack.back_to_blue()
    return stack


def end_and_wait(switching: Switching, slot: str, number: signal.Signals) -> None:
    before = switching.server(slot)
    before.send_signal(number)
    before.wait(BACK_SECONDS)
    until(lambda: switching.healthy(slot), BACK_SECONDS, f"{slot} to come back")


@pytest.mark.parametrize("number", SIGNALS)
def test_nobody_notices_the_end_of_the_idle_slot(switching: Switching, prove: Prove, number: signal.Signals) -> None:
    with load(switching.plan(QUIET_RATES)) as running:
        end_and_wait(switching, "green", number)
        tally = running.stop()
    prove(f"{number.name} of the idle slot", tally)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("slot", ["blue", "green"])
def test_nobody_notices_the_end_of_one_of_two_slots(
    switching: Switching, prove: Prove, slot: str, number: signal.Signals
) -> None:
    ended: list[Outcome] = []
    shift = threading.Thread(target=lambda: ended.append(switching.lead("green", **HALF)))
    with load(switching.plan(QUIET_RATES)) as running:
        shift.start()
        until(lambda: switching.weights["green"] == 50, BACK_SECONDS, "the step at 50 %")
        running.mark()
        until(lambda: len(running.tally().first_answers) == 2, BACK_SECONDS, "answers of both slots")
        switching.server(slot).send_signal(number)
        shift.join()
        tally = running.stop()
    (outcome,) = ended
    prove(f"{number.name} of the {'live slot' if slot == 'blue' else 'candidate'} in a shift", tally)
    assert outcome.moved == (slot == "blue"), outcome.verdict
    assert switching.weights == ({"blue": 0, "green": 100} if slot == "blue" else {"blue": 100, "green": 0})


@pytest.mark.parametrize("number", SIGNALS)
def test_the_end_of_the_only_slot_with_traffic_costs_what_comes_until_it_is_back(
    switching: Switching, prove: Prove, number: signal.Signals
) -> None:
    with load(switching.plan(QUIET_RATES)) as running:
        running.mark()
        until(lambda: running.tally().first_answers, BACK_SECONDS, "a first answer")
        end_and_wait(switching, "blue", number)
        running.mark()
        until(lambda: running.tally().first_answers, BACK_SECONDS, "an answer of the new process")
        tally = running.stop()
    prove(f"{number.name} of the only slot with traffic", tally, planned=False)
    check_that_only_the_silence_cost_requests(tally)


def check_that_only_the_silence_cost_requests(tally: Tally) -> None:
    assert not tally.wrong, tally
    assert not tally.lost, "the gateway must answer every request, and be it that it could not be served"
    assert all(refusal.startswith(("503", "gRPC UNAVAILABLE")) for refusal in tally.refused), tally
    most = sum(QUIET_RATES.values()) * (tally.longest_silence_seconds + 1)
    assert sum(tally.refused.values()) <= most, "requests before and after the silence must all be answered"
