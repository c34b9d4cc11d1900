"""Ignored fields and drift: what others own is left to them, and what others changed is seen."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.support.kubernetes_stand_in.drift import as_asked, importable, settled
from tests.support.kubernetes_stand_in.ignored_fields import steps, without_ignored

_MINE = "pulumi-kubernetes-1"
_VALUES = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)


def _live(manager: str, fields: dict[str, Any], **parts: Any) -> dict[str, Any]:
    return {"metadata": {"name": "r", "managedFields": [{"manager": manager, "fieldsV1": fields}]}, **parts}


def test_a_path_is_taken_apart_into_keys_and_indexes() -> None:
    assert steps('metadata.annotations["slipway.dev/live"]') == ["metadata", "annotations", "slipway.dev/live"]
    assert steps("spec.rules[0].backendRefs[*].weight") == ["spec", "rules", 0, "backendRefs", "*", "weight"]


def test_an_ignored_field_that_another_manager_owns_is_left_out() -> None:
    live = _live("shift", {"f:spec": {"f:rules": {}}}, spec={"rules": [90, 10], "hosts": ["a"]})
    asked = {"spec": {"rules": [0, 0], "hosts": ["b"]}}
    assert without_ignored(asked, live, ["spec.rules"], _MINE) == {"spec": {"hosts": ["b"]}}
    assert asked == {"spec": {"rules": [0, 0], "hosts": ["b"]}}, "what the program asks for must not change"


def test_an_ignored_field_that_only_we_own_keeps_its_present_value() -> None:
    live = _live(_MINE, {"f:spec": {"f:rules": {}}}, spec={"rules": [1, 2]})
    assert without_ignored({"spec": {"rules": [0, 0]}}, live, ["spec.rules"], _MINE) == {"spec": {"rules": [1, 2]}}


def test_a_part_of_a_list_is_ignored_with_the_whole_list() -> None:
    live = _live("shift", {"f:spec": {"f:rules": {}}}, spec={"rules": [{"weight": 5}]})
    asked = {"spec": {"rules": [{"weight": 0}]}}
    assert without_ignored(asked, live, ["spec.rules[0].weight"], _MINE) == {"spec": {}}


def test_an_annotation_with_dots_is_found_among_the_owned_fields() -> None:
    fields: dict[str, Any] = {"f:metadata": {"f:annotations": {"f:slipway.dev/live": {}}}}
    live = {
        "metadata": {
            "annotations": {"slipway.dev/live": "green"},
            "managedFields": [{"manager": "shift", "fieldsV1": fields}],
        }
    }
    asked = {"metadata": {"annotations": {"slipway.dev/live": "blue", "other": "x"}}}
    left = without_ignored(asked, live, ['metadata.annotations["slipway.dev/live"]'], _MINE)
    assert left == {"metadata": {"annotations": {"other": "x"}}}


@given(st.dictionaries(st.text(max_size=3), _VALUES))
def test_an_object_seen_through_itself_is_itself(item: dict[str, Any]) -> None:
    assert as_asked(item, item) == item


def test_drift_shows_in_what_was_asked_for_and_nowhere_else() -> None:
    live = {"spec": {"replicas": 5, "paused": False, "ports": [{"port": 1, "protocol": "TCP"}]}, "status": {}}
    asked = {"spec": {"replicas": 2, "ports": [{"port": 1}], "gone": True}}
    assert as_asked(live, asked) == {"spec": {"replicas": 5, "ports": [{"port": 1}]}}


def test_what_only_the_server_sets_is_neither_compared_nor_imported() -> None:
    metadata = {"name": "a", "uid": "u", "resourceVersion": "7", "generation": 2, "managedFields": []}
    item = {"metadata": metadata, "spec": {}, "status": {"phase": "x"}}
    assert settled(item) == {"metadata": {"name": "a", "uid": "u"}, "spec": {}}
    assert importable(item) == {"metadata": {"name": "a"}, "spec": {}}
