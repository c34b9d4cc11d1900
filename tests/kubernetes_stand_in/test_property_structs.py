"""What travels between the engine and a provider."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.kubernetes_stand_in.object_names import token_of
from tests.support.kubernetes_stand_in.outputs import asked_for, inputs_of, outputs_of, planned_outputs
from tests.support.stand_in import wire

_LEAVES = st.booleans() | st.integers(-1000, 1000) | st.text(max_size=3)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
_OBJECTS = st.dictionaries(st.text(max_size=3), _VALUES, max_size=3)


@given(_OBJECTS)
def test_values_come_back_as_they_were_sent_secret_or_not(item: dict[str, Any]) -> None:
    assert wire.properties(wire.struct(item)) == item
    assert wire.properties(wire.struct({key: wire.secret(value) for key, value in item.items()})) == item


@given(_OBJECTS)
def test_a_value_is_marked_where_the_one_that_was_sent_is_secret_and_nowhere_else(item: dict[str, Any]) -> None:
    sent = wire.struct({"a": {**item, "key": wire.secret("x")}, "b": item})
    marked = wire.marked({"a": {**item, "key": "new"}, "b": item, "c": 1}, sent)
    assert marked == {"a": {**item, "key": wire.secret("new")}, "b": item, "c": 1}


def test_a_list_with_a_secret_is_secret_as_a_whole() -> None:
    sent = wire.struct({"env": [{"name": "a"}, {"value": wire.secret("x")}]})
    assert wire.marked({"env": [{"value": "x"}]}, sent) == {"env": wire.secret([{"value": "x"}])}


def test_an_unknown_is_found_at_any_depth() -> None:
    assert wire.has_unknown({"a": [{"b": wire.UNKNOWN}]})
    assert not wire.has_unknown({"a": [{"b": "known"}]})


_TOKEN = token_of("urn:pulumi:dev::slipway::kubernetes:core/v1:Secret::key")


def test_an_object_is_asked_for_without_nulls_status_and_the_provider_s_notes() -> None:
    inputs = {"metadata": {"name": "a", "labels": None}, "data": None, "status": {}, "__initialApiVersion": "v1"}
    assert asked_for(_TOKEN, inputs) == {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}}


def test_metadata_that_a_preview_does_not_know_is_an_unknown_name() -> None:
    assert asked_for(_TOKEN, {"metadata": wire.UNKNOWN})["metadata"] == {"name": wire.UNKNOWN}
    assert asked_for(_TOKEN, {"metadata": {"name": "a", "annotations": wire.UNKNOWN}})["metadata"] == {"name": "a"}


def test_the_data_of_a_secret_is_marked_whoever_sent_it() -> None:
    live = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a", "managedFields": []}, "data": {"k": "dg=="}}
    kept = outputs_of(live, "m")
    assert kept["data"] == inputs_of(live)["data"] == wire.secret({"k": "dg=="})
    assert kept["metadata"] == {"name": "a"}
    assert kept["__fieldManager"] == "m"


def test_a_preview_knows_no_status_and_no_address_that_the_server_gives() -> None:
    service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}, "spec": {"ports": []}}
    planned = planned_outputs(service)
    assert planned["status"] == wire.UNKNOWN
    assert planned["spec"] == {"clusterIP": wire.UNKNOWN, "ports": []}
    assert planned_outputs({**service, "spec": {"clusterIP": "None"}})["spec"] == {"clusterIP": "None"}
