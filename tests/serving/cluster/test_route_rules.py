"""Weights go into the rules of a route and come out of them; nothing else of a rule changes."""

from copy import deepcopy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from serving.cluster.route_rules import clusters_of, weighted, weights_of
from tests.support.route_server import rule

SHARES = st.integers(min_value=0, max_value=100)
OTHERS = st.lists(
    st.fixed_dictionaries({"name": st.sampled_from(["elsewhere", "digit", "digits"]), "weight": SHARES}), max_size=2
)


@st.composite
def rules(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Rules of any number: to both slots in any order, among other backends, or to none."""
    made = []
    for _ in range(draw(st.integers(min_value=1, max_value=4))):
        backends = [*rule()["backendRefs"], *draw(OTHERS)]
        made.append({"matches": draw(st.integers()), "backendRefs": draw(st.permutations(backends))})
    return [*made, {"filters": [{"type": "RequestRedirect"}]}]


def without_weights(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    plain = deepcopy(found)
    for backend in (backend for one in plain for backend in one.get("backendRefs", ())):
        if backend["name"].startswith("digits-"):
            backend.pop("weight", None)
    return plain


@given(rules(), SHARES)
def test_weights_that_were_written_are_read_again_and_all_else_is_as_it_was(
    template: list[dict[str, Any]], share: int
) -> None:
    before = deepcopy(template)
    written = weighted(template, "digits", {"green": share, "blue": 100 - share})
    assert weights_of(written, "digits") == {"green": share, "blue": 100 - share}
    assert without_weights(written) == without_weights(template)
    assert template == before, "the template is written again and again"


def test_every_rule_gets_the_same_weights() -> None:
    written = weighted([rule(), rule()], "digits", {"green": 5, "blue": 95})
    assert [[backend["weight"] for backend in one["backendRefs"]] for one in written] == [[95, 5], [95, 5]]


def test_a_slot_that_is_not_named_gets_nothing() -> None:
    assert weights_of(weighted([rule()], "digits", {"green": 100}), "digits") == {"blue": 0, "green": 100}


def test_rules_that_lead_to_no_slot_have_no_weights() -> None:
    answer_in_words = {"filters": [{"type": "ExtensionRef"}]}
    assert weights_of([answer_in_words], "digits") == {}
    assert weights_of([], "digits") == {}


def test_a_weight_that_is_left_out_is_one_as_the_gateway_reads_it() -> None:
    assert weights_of([rule()], "digits") == {"blue": 1, "green": 1}


def test_a_model_whose_name_begins_like_another_is_not_taken_for_it() -> None:
    others = [{"backendRefs": [{"name": "digits2-blue", "weight": 7}]}]
    assert weights_of(others, "digits") == {}


def test_a_slot_has_one_cluster_for_each_rule_numbered_by_its_place_there() -> None:
    template = [{"filters": []}, rule(), {"backendRefs": rule()["backendRefs"][::-1]}]
    found = {slot: clusters_of("httproute/models/digits", template, "digits", slot) for slot in ("blue", "green")}
    assert found == {
        "blue": ["httproute/models/digits/rule/1/backend/0", "httproute/models/digits/rule/2/backend/1"],
        "green": ["httproute/models/digits/rule/1/backend/1", "httproute/models/digits/rule/2/backend/0"],
    }
