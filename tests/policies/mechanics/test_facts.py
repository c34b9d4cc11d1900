import pytest
from mechanics.facts import UNKNOWN, Resource, Stack, overlap, shown, unknown_paths
from planned_stack import find, good_stack


def test_the_unknown_marker_refuses_to_be_a_truth_value() -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)


def test_every_unknown_value_is_found_with_its_path() -> None:
    props = {"a": UNKNOWN, "b": {"c": [1, UNKNOWN, {"d": UNKNOWN}]}, "e": None}
    assert list(unknown_paths(props)) == ["a", "b.c[1]", "b.c[2].d"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("spec.gate", "spec.gate", True),
        ("spec", "spec.gate.max_p99_ms", True),
        ("command[3]", "command", True),
        ("", "anything", True),
        ("spec.gate", "spec.gateway", False),
        ("spec.gate", "spec.shift", False),
    ],
)
def test_paths_overlap_when_one_lies_below_the_other(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is expected
    assert overlap(other, one) is expected


def _resource(**props: object) -> Resource:
    return Resource(token="slipway:local:Model", urn="urn:pulumi:local::p::t::n", name="n", props=props)


def test_a_missing_property_reads_like_none_and_like_an_empty_one() -> None:
    resource = _resource(spec={"none": None, "text": "x"})
    assert resource.get("spec.none") is resource.get("spec.missing") is resource.get("spec.text.below") is None
    assert resource.mapping("spec.missing") == {}
    assert resource.items("spec.missing") == []
    assert resource.text("spec.missing") == ""
    assert resource.number("spec.missing") is None


def test_a_value_of_another_type_reads_like_a_missing_one() -> None:
    resource = _resource(flag=True, text="1", number=1)
    assert resource.number("flag") is None, "a yes is not the number one"
    assert resource.number("text") is None
    assert resource.text("number") == ""


def test_unknown_values_read_like_missing_ones_after_pruning() -> None:
    resource = _resource(spec={"a": UNKNOWN, "b": [UNKNOWN, 2]}).known()
    assert resource.props == {"spec": {"a": None, "b": [None, 2]}}


def test_the_stack_knows_its_name_from_the_urns() -> None:
    assert good_stack().name == "local"
    assert Stack(()).name == ""


def test_a_component_holds_its_children_and_theirs() -> None:
    stack = good_stack()
    root, model, slot = (find(stack, name) for name in ("slipway-local", "digits", "digits-blue"))
    assert slot in stack.inside(model, (slot.type,))
    assert slot in stack.inside(root, (slot.type,)), "children of children count"
    assert not stack.inside(find(stack, "gateway"), (slot.type,))


def test_dependencies_are_followed_through_others_and_one_way() -> None:
    stack = good_stack()
    traffic, slot = find(stack, "digits-traffic"), find(stack, "digits-blue")
    assert stack.reaches(traffic, slot)
    assert not stack.reaches(slot, traffic)
    assert not stack.reaches(slot, slot)


@pytest.mark.parametrize(
    ("name", "where"),
    [("digits", "model digits"), ("digits-blue", "digits/blue"), ("gateway", "Gateway gateway")],
)
def test_a_violation_says_where_in_the_words_of_the_stack_file(name: str, where: str) -> None:
    assert find(good_stack(), name).violation("p", "x", "y").where == where


def test_values_are_shown_so_that_a_reader_recognizes_them() -> None:
    assert [shown(None, " ms"), shown("poll"), shown(5, " ms"), shown(False)] == ["not set", '"poll"', "5 ms", "False"]


def test_a_part_is_read_by_itself_and_wrong_at_its_own_place() -> None:
    (part,) = _resource(spec={"list": ["text", {"size": 3}]}).part("spec").parts("list")
    assert part.number("size") == 3
    assert part.violation("size", "p", "f").path == "spec.list[1].size"
    assert part.part("missing").props == {}


def test_the_objects_of_a_list_are_its_members() -> None:
    token = "kubernetes:core/v1:ConfigMapList"
    listed = Resource(token=token, urn="u", name="n", props={"items": [{"data": 1}, {"data": 2}]})
    assert [each.get("data") for each in listed.members()] == [1, 2]
    assert [each.violation("data", "p", "f").path for each in listed.members()] == ["items[0].data", "items[1].data"]
    assert Stack((listed,)).members().resources == tuple(listed.members())
    alone = _resource(items=[{"data": 1}])
    assert alone.members() == [alone]
