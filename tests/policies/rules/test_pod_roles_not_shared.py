from dataclasses import replace
from typing import Any

from mechanics.facts import UNKNOWN, Stack
from planned_stack import find, good_stack, messages, put, resource, spoil

ID = "pod-identity-scoped"


def _second(account: str, **relations: Any) -> Stack:
    first = find(good_stack(), "karpenter")
    props = {**first.props, "serviceAccount": account}
    return put(replace(first, name="second", urn=f"{first.urn}-2", props=props, **relations))


def test_a_role_for_each_service_account_passes() -> None:
    assert messages(ID, good_stack()) == []
    assert messages(ID, spoil("second", "roleArn", "arn:aws:iam::123456789012:role/other", _second("triton"))) == []


def test_one_role_for_two_service_accounts_names_both() -> None:
    found = messages(ID, _second("triton"))
    assert len(found) == 2
    assert all("shared by kube-system/karpenter, kube-system/triton" in each for each in found)


def test_a_role_that_has_no_arn_yet_is_known_by_what_makes_it() -> None:
    role = {"roleArn": (find(good_stack(), "role").urn,)}
    stack = spoil("second", "roleArn", UNKNOWN, _second("triton", property_dependencies=role))
    first = find(spoil("karpenter", "roleArn", UNKNOWN, stack), "karpenter")
    assert messages(ID, stack) == [], "where nothing is known of a role, it is not called shared"
    assert len(messages(ID, put(replace(first, property_dependencies=role), stack))) == 2


def test_the_same_account_in_two_clusters_is_one_account() -> None:
    assert messages(ID, _second("karpenter")) == []


def test_a_role_of_something_else_is_left_alone() -> None:
    props = {"roleArn": "arn:aws:iam::123456789012:role/k", "serviceAccount": "x"}
    assert messages(ID, put(resource("aws:eks/addon:Addon", "a", props))) == []
