"""What our dynamic providers share."""

import importlib
from typing import Any

import pytest

from components.client_key import ClientKeyProvider
from components.dynamic_provider import DynamicProvider, Values, changed_inputs, inputs_of
from components.local.gate import GateProvider
from components.local.gateway import GatewayProcessProvider
from components.local.model_slot import ModelSlotProvider
from components.local.prober import ProberProvider
from components.local.supervisor import SupervisorProvider
from components.local.traffic import TrafficProvider
from serving.errors import ConfigurationError

EVERY_PROVIDER = (
    ClientKeyProvider,
    GateProvider,
    GatewayProcessProvider,
    ModelSlotProvider,
    ProberProvider,
    SupervisorProvider,
    TrafficProvider,
)


class LampProvider(DynamicProvider):
    """A thing with a place, a colour and a defect."""

    replaces_on = frozenset({"place"})

    def refuse(self, olds: Values, news: Values) -> None:
        if olds and news["colour"] == "black":
            raise ConfigurationError("colour is black; allowed is a colour that shines.")

    def problem(self, values: Values) -> str:
        return "it is broken" if values["place"] == "floor" else ""


LAMP = {"place": "desk", "colour": "red", "problem": ""}


def news(**changes: Any) -> dict[str, Any]:
    """Return inputs as Pulumi hands them over: outputs are empty, and its own entry is there."""
    return {**LAMP, "problem": None, "__provider": "reference", **changes}


def test_right_inputs_pass_the_check() -> None:
    assert LampProvider().check(LAMP, news()).failures == []


def test_a_users_mistake_becomes_a_failure_with_its_sentence() -> None:
    (failure,) = LampProvider().check(LAMP, news(colour="black")).failures
    assert (failure.property, failure.reason) == ("Lamp", "colour is black; allowed is a colour that shines.")


def test_a_mistake_of_ours_is_not_dressed_up_as_the_users() -> None:
    with pytest.raises(KeyError):
        LampProvider().check(LAMP, {})


def test_the_same_inputs_are_no_change() -> None:
    found = LampProvider().diff("lamp", LAMP, news())
    assert (found.changes, found.replaces) == (False, [])


def test_a_changed_input_is_an_update() -> None:
    found = LampProvider().diff("lamp", LAMP, news(colour="blue"))
    assert (found.changes, found.replaces) == (True, [])


def test_a_changed_identity_is_a_replacement_and_the_old_goes_first() -> None:
    found = LampProvider().diff("lamp", LAMP, news(place="wall"))
    assert (found.changes, found.replaces, found.delete_before_replace) == (True, ["place"], True)


def test_a_refresh_finds_what_is_broken_and_the_next_up_mends_it() -> None:
    read = LampProvider().read("lamp", {**LAMP, "place": "floor"})
    assert read.outs is not None
    assert read.outs["problem"] == "it is broken"
    assert LampProvider().diff("lamp", read.outs, news(place="floor")).changes


def test_placeholders_and_pulumis_own_entry_are_no_change() -> None:
    assert changed_inputs({"a": 1}, {"a": 1, "output": None, "__provider": "moved"}) == []
    assert changed_inputs({"a": 1}, {"a": 2, "b": 1}) == ["a", "b"]
    assert inputs_of({"a": 1, "__provider": "reference"}) == {"a": 1}


@pytest.mark.parametrize("provider", EVERY_PROVIDER)
def test_state_holds_a_reference_to_each_provider_and_no_code(provider: type[DynamicProvider]) -> None:
    assert provider.__module__.startswith("components."), "a class of __main__ would be stored with its code"
    assert provider.serialize_as_secret_always is False
    assert vars(provider()) == {}, "a provider with values of its own would change with them"


@pytest.mark.parametrize("provider", EVERY_PROVIDER)
def test_no_thing_moves_to_another_stack_in_place(provider: type[DynamicProvider]) -> None:
    assert provider is ClientKeyProvider or "stack_dir" in provider.replaces_on


def test_a_state_from_before_the_client_key_moved_still_finds_its_provider() -> None:
    moved = importlib.import_module("components.local.client_key")
    assert moved.ClientKeyProvider is ClientKeyProvider
