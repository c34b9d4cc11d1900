import pytest
from mechanics.facts import UNKNOWN
from planned_stack import messages, put, resource, spoil

ID = "parts-stand-alone"


@pytest.mark.parametrize(
    ("token", "path", "part"),
    [
        ("aws:sqs/queue:Queue", "policy", "QueuePolicy"),
        ("aws:iam/role:Role", "inlinePolicies", "RolePolicy"),
        ("aws:ec2/securityGroup:SecurityGroup", "ingress", "SecurityGroupIngressRule"),
        ("aws:ec2/routeTable:RouteTable", "routes", "Route"),
        ("aws:s3/bucketV2:BucketV2", "policy", "BucketPolicy"),
    ],
)
def test_a_part_that_is_inline_is_refused_with_the_resource_to_use(token: str, path: str, part: str) -> None:
    (found,) = messages(ID, put(resource(token, "new", {path: ["something"]})))
    assert f"{path} is set inline. Where: " in found
    assert f"{path}. Fix: make it a {part}." in found


def test_an_unknown_inline_policy_must_be_known_and_an_empty_one_is_none() -> None:
    (found,) = messages(ID, spoil("queue", "policy", UNKNOWN))
    assert "known only after apply" in found
    assert messages(ID, spoil("queue", "policy", "")) == []


def test_a_policy_of_its_own_is_another_rule_s_business() -> None:
    assert messages(ID, put(resource("aws:sqs/queuePolicy:QueuePolicy", "new", {"policy": "{}"}))) == []
