import pytest
from mechanics.facts import UNKNOWN
from planned_cloud import trust
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "roles-bounded"
GITHUB = "token.actions.githubusercontent.com"
CI = {"Federated": f"arn:aws:iam::123456789012:oidc-provider/{GITHUB}"}
ACTION = "sts:AssumeRoleWithWebIdentity"
BOTH = {f"{GITHUB}:aud": "sts.amazonaws.com", f"{GITHUB}:sub": "repo:o/r:environment:prod"}


def test_a_role_for_one_cluster_s_pods_with_a_boundary_passes() -> None:
    assert messages(ID, good_stack()) == []
    assert messages(ID, spoil("role", "permissionsBoundary", UNKNOWN)) == []


def test_a_role_without_boundary_is_refused_but_the_one_that_sets_boundaries() -> None:
    (found,) = messages(ID, spoil("role", "permissionsBoundary", MISSING))
    assert "the role has no boundary. Where: Role role, permissionsBoundary." in found
    deploy = spoil("role", "assumeRolePolicy", trust(CI, ACTION, StringEquals=BOTH))
    assert messages(ID, spoil("role", "permissionsBoundary", MISSING, deploy)) == []


@pytest.mark.parametrize("claim", ["aud", "sub"])
@pytest.mark.parametrize("value", [None, "repo:o/*"])
def test_a_token_that_is_not_compared_in_full_is_refused(claim: str, value: str | None) -> None:
    compared = {key: text for key, text in {**BOTH, f"{GITHUB}:{claim}": value}.items() if text}
    (found,) = messages(ID, spoil("role", "assumeRolePolicy", trust(CI, ACTION, StringEquals=compared)))
    assert f"any token of the identity provider passes, whatever its {claim}" in found


def test_a_role_that_nobody_may_take_is_a_mistake() -> None:
    (found,) = messages(ID, spoil("role", "assumeRolePolicy", "{}"))
    assert "nobody is named who may take the role" in found


def test_something_else_with_a_path_is_left_alone() -> None:
    assert messages(ID, put(resource("aws:iam/instanceProfile:InstanceProfile", "p", {"path": "/"}))) == []
