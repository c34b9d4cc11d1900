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
        "aws:s3/vectorsVectorBucket:VectorsVectorBucket",
        "pulumi:providers:azure",
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


@pytest.mark.parametrize(
    "token",
    [
        "aws:iam/accessKey:AccessKey",
        "aws:iam/user:User",
        "aws:elb/loadBalancer:LoadBalancer",
        "aws:apigateway/restApi:RestApi",
    ],
)
def test_a_type_that_we_do_without_is_refused_with_what_to_use(token: str) -> None:
    (found,) = messages(ID, Stack((*good_stack().resources, resource(token, "new", {}))))
    assert f"type {token} (1 resource) has no place in a stack" in found


def test_an_older_form_of_a_known_type_is_the_same_type() -> None:
    assert messages(ID, Stack((*good_stack().resources, resource("aws:s3/bucketV2:BucketV2", "new", {})))) == []
