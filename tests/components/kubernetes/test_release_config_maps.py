"""Where a release is in the cluster, as a resource: once, and never replaced."""

from components.kubernetes.object_names import SLOTS
from tests.support.cluster_examples import model_spec, only_blue, recorded, release_spec


def released(*versions: str) -> dict[str, str]:
    """Logical to physical name of what holds the releases of both slots."""
    slots = {slot: {"release": release_spec("digits", each)} for slot, each in zip(SLOTS, versions, strict=True)}
    made = recorded(model_spec(slots=slots)).of("ConfigMap")
    named = {each.name: each.inputs["metadata"]["name"] for each in made}
    return {name: found for name, found in named.items() if "-release-" in found}


def test_one_release_in_both_slots_is_one_object_of_one_resource() -> None:
    assert len(released("1", "1")) == 1


def test_an_object_named_by_its_content_is_never_replaced_so_no_delete_is_left_for_its_successor() -> None:
    before, after = released("1", "2"), released("1", "3")
    assert len(before.keys() & after.keys()) == 1
    assert all(before[name] == after[name] for name in before.keys() & after.keys())


def test_a_release_that_one_slot_has_from_a_directory_is_there_for_both() -> None:
    release = release_spec("digits", "1")
    elsewhere = {**release, "uri": "s3://bucket/digits/1"}
    for slots in ({"blue": elsewhere, "green": release}, {"blue": release, "green": elsewhere}):
        made = recorded(model_spec(slots={slot: {"release": each} for slot, each in slots.items()}))
        assert len([each for each in made.of("ConfigMap") if "-release-" in each.name]) == 1


def test_other_rules_are_another_resource_and_not_the_same_one_replaced() -> None:
    def rules(version: str) -> set[str]:
        slots = {**only_blue("digits"), "green": {"release": release_spec("digits", version)}}
        made = recorded(model_spec(slots=slots)).of("ConfigMap")
        return {each.name for each in made if "-rules-" in each.name}

    assert len(rules("2")) == 1
    assert not rules("2") & rules("3")
