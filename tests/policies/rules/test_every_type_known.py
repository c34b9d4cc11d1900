import pytest
from mechanics.facts import Stack
from planned_stack import dynamic, good_stack, messages, resource

ID = "type-coverage"


@pytest.mark.parametrize(
    "token",
    [
        "slipway:local:Novelty",
        "slipway:mars:Model",
        "pulumi-python:dynamic/slipway/local:Novelty",
        "pulumi-python:dynamic/elsewhere:Gate",
        "aws:s3/bucketV2:BucketV2",
        "pulumi:providers:aws",
    ],
)
def test_a_type_that_no_rule_knows_is_refused(token: str) -> None:
    (found,) = messages(ID, Stack((*good_stack().resources, resource(token, "new", {}))))
    assert f"type {token} (1 resource) is known to no rule" in found
    assert "Fix: add it to a rule, or exempt it with a reason." in found


def test_resources_of_one_unknown_type_are_counted_in_one_message() -> None:
    stack = Stack((*good_stack().resources, *(dynamic("Novelty", name, {}) for name in ("b", "a"))))
    (found,) = messages(ID, stack)
    assert "(2 resources)" in found
    assert "Where: Novelty a." in found


def test_a_dynamic_resource_without_module_and_name_has_no_place_in_a_stack() -> None:
    nameless = resource("pulumi-python:dynamic:Resource", "x", {})
    (found,) = messages(ID, Stack((*good_stack().resources, nameless)))
    assert "has no place in a stack" in found
    assert "Fix: give the dynamic resource a module and a name" in found
