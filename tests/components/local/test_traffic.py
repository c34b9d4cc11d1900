"""What the Traffic resource refuses while planning, and when it finds that traffic is not where it belongs."""

from collections.abc import Iterator
from typing import Any

import pytest

from components.local.fragments import Weights
from components.local.stack_dir import StackDir
from components.local.traffic import TrafficProvider
from serving.errors import ConfigurationError
from serving.lead import Served
from tests.support.supervised import stack_folder

BOTH = {"blue": "a" * 64, "green": "b" * 64}


@pytest.fixture
def stack_dir() -> Iterator[StackDir]:
    """A stack whose model has all traffic on blue."""
    with stack_folder() as folder:
        Weights(weights={"blue": 100, "green": 0}, live=Served(slot="blue", release="a" * 64)).write(folder, "tiny")
        yield folder


def values(stack_dir: StackDir, *, live: str, releases: dict[str, str]) -> dict[str, Any]:
    return {"stack_dir": str(stack_dir.path), "model": "tiny", "live": live, "releases": releases}


def test_the_slot_that_has_the_traffic_cannot_be_removed_with_it(stack_dir: StackDir) -> None:
    wanted = values(stack_dir, live="green", releases={"green": "b" * 64})
    with pytest.raises(ConfigurationError, match=r"models\.tiny\.slots\.blue takes the traffic and cannot be removed"):
        TrafficProvider().refuse({}, wanted)


def test_a_slot_without_traffic_may_be_removed(stack_dir: StackDir) -> None:
    TrafficProvider().refuse({}, values(stack_dir, live="blue", releases={"blue": "a" * 64}))


def test_traffic_on_the_live_slot_is_no_problem(stack_dir: StackDir) -> None:
    assert TrafficProvider().problem(values(stack_dir, live="blue", releases=BOTH)) == ""


def test_traffic_on_another_slot_is_a_problem(stack_dir: StackDir) -> None:
    found = TrafficProvider().problem(values(stack_dir, live="green", releases=BOTH))
    assert found == "the weights are {'blue': 100, 'green': 0}"


def test_a_shift_that_was_cut_off_at_its_last_step_is_still_to_be_ended(stack_dir: StackDir) -> None:
    Weights(weights={"blue": 0, "green": 100}, live=Served(slot="blue", release="a" * 64)).write(stack_dir, "tiny")
    found = TrafficProvider().problem(values(stack_dir, live="green", releases=BOTH))
    assert found == "the shift was cut off at its last step"


def test_a_model_without_weights_has_a_problem(stack_dir: StackDir) -> None:
    Weights.remove(stack_dir, "tiny")
    found = TrafficProvider().problem(values(stack_dir, live="blue", releases=BOTH))
    assert found == "the weights are not set"
