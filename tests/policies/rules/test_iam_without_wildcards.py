from dataclasses import replace

import pytest
from mechanics.facts import UNKNOWN, Stack
from planned_cloud import allow, document
from planned_stack import find, good_stack, messages, put, resource, spoil

ID = "iam-no-wildcard"


def _reading(**parts: object) -> Stack:
    return spoil("reads", "policy", document(allow(**{"Action": ["s3:GetObject"], "Resource": ["arn:x"], **parts})))


def test_named_actions_on_named_resources_pass() -> None:
    assert messages(ID, good_stack()) == []
    assert messages(ID, _reading(Action="s3:Get*")) == []


@pytest.mark.parametrize("action", ["*", "s3:*", ["s3:GetObject", "iam:*"]])
def test_a_whole_service_is_refused(action: object) -> None:
    (found,) = messages(ID, _reading(Action=action))
    assert "statement Only allows the action" in found
    assert "Where: RolePolicy reads, policy." in found


def test_everything_is_refused_but_where_a_condition_or_the_action_says_why() -> None:
    (found,) = messages(ID, _reading(Resource="*"))
    assert 'allows s3:GetObject on the resource "*"' in found
    assert messages(ID, _reading(Resource="*", Condition={"StringEquals": {"aws:RequestedRegion": "x"}})) == []
    assert messages(ID, _reading(Resource="*", Action=["ec2:DescribeSubnets", "pricing:GetProducts"])) == []


def test_a_boundary_may_name_all_resources_as_it_grants_nothing() -> None:
    boundary = {"name": "slipway-boundary", "policy": document(allow(Action="s3:GetObject", Resource="*"))}
    assert messages(ID, put(resource("aws:iam/policy:Policy", "boundary", boundary))) == []
    assert messages(ID, put(resource("aws:iam/policy:Policy", "other", {**boundary, "name": "other"})))


def test_what_is_denied_to_everyone_passes() -> None:
    denied = document({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"})
    assert messages(ID, spoil("the-key", "policy", denied)) == []


@pytest.mark.parametrize("name", ["AdministratorAccess", "AmazonS3FullAccess", "job-function/PowerUserAccess"])
def test_a_policy_of_aws_that_allows_nearly_all_is_refused(name: str) -> None:
    (found,) = messages(ID, spoil("attached", "policyArn", f"arn:aws:iam::aws:policy/{name}"))
    assert f"the AWS policy {name.rpartition('/')[2]} is attached" in found


def test_a_document_that_waits_for_a_bucket_s_arn_passes_and_one_that_waits_for_a_function_does_not() -> None:
    waiting = find(spoil("reads", "policy", UNKNOWN), "reads")
    function = resource("aws:lambda/function:Function", "f", {})
    for source, refused in ((find(good_stack(), "releases"), False), (function, True)):
        stack = put(replace(waiting, property_dependencies={"policy": (source.urn,)}), put(source))
        assert bool(messages(ID, stack)) is refused


def test_a_document_of_something_else_is_left_alone() -> None:
    lambda_policy = resource("aws:backup/vaultPolicy:VaultPolicy", "v", {"policy": document(allow(Action="*"))})
    assert messages(ID, put(lambda_policy)) == []
