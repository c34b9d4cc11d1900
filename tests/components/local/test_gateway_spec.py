"""Names, weights and mirrors that Envoy would accept and then answer with errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.local.gateway_spec import Client, ModelRoute, check_names
from serving.errors import ConfigurationError
from tests.support.gateway_models import route, slot, spec


@pytest.mark.parametrize(
    "good",
    [
        pytest.param(route(), id="two slots"),
        pytest.param(route(weights=None), id="no user traffic yet"),
        pytest.param(route(weights={"blue": 100}), id="one weight for two slots"),
        pytest.param(route(mirror=("green", 5)), id="a mirror"),
    ],
)
def test_a_sound_route_is_accepted(good: ModelRoute) -> None:
    check_names(spec(), [good])


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (route(weights={"red": 100}), "there is no slot 'red' to route to; its slots are blue and green"),
        (route(mirror=("red", 5)), "there is no slot 'red' to route to"),
        (route(mirror=("green", 101)), "the mirror share is 101 percent; make it 0 to 100"),
        (route(weights={"blue": 50, "green": 49}), "make them 0 to 100 and in sum 100"),
        (route(weights={"blue": 101, "green": -1}), "make them 0 to 100 and in sum 100"),
        (route(weights={}), "make them 0 to 100 and in sum 100"),
        (route(slots=(slot(), slot()), weights={"blue": 100}), "slot 'blue' is there twice"),
        (route(slots=(slot(model="other"),), weights={"blue": 100}), "slot 'blue' belongs to model 'other'"),
        (route(model="Digits", slots=(slot(model="Digits"),), weights={"blue": 100}), "use a name of at most 40"),
        (route(model="a.b", slots=(slot(model="a.b"),), weights={"blue": 100}), "use a name of at most 40"),
        (route(slots=()), "its slots are none"),
    ],
)
def test_a_route_that_leads_nowhere_is_refused(bad: ModelRoute, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        check_names(spec(), [bad])


def test_a_client_or_model_that_is_there_twice_is_refused_with_all_other_problems_at_once() -> None:
    twice = Client(name="demo", models=())
    with pytest.raises(ConfigurationError) as caught:
        check_names(spec(twice, twice, Client(name="Big", models=())), [route(), route()])
    assert [line.partition(":")[0].split(" is there")[0] for line in str(caught.value).splitlines()] == [
        "client 'demo'",
        "model 'digits'",
        "client 'Big'",
    ]


@given(blue=st.integers(0, 100))
def test_every_split_of_a_hundred_is_accepted(blue: int) -> None:
    check_names(spec(), [route(weights={"blue": blue, "green": 100 - blue})])


@given(st.dictionaries(st.sampled_from(["blue", "green"]), st.integers(-200, 200), min_size=1))
def test_only_splits_of_a_hundred_are_accepted(weights: dict[str, int]) -> None:
    sound = sum(weights.values()) == 100 and all(0 <= weight <= 100 for weight in weights.values())
    try:
        check_names(spec(), [route(weights=weights)])
    except ConfigurationError:
        assert not sound
    else:
        assert sound


def test_a_release_is_shown_by_twelve_digits() -> None:
    assert slot().release == "0123456789ab"
