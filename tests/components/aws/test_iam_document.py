import json

import pytest

from components.aws.iam_document import allow, deny, document, elsewhere, for_anyone, for_principal
from components.aws.trust_policy import oidc_trust, pod_identity_trust, service_trust


def test_equal_statements_give_equal_text_whatever_the_order_of_actions() -> None:
    assert document([allow("A", ["s3:Get", "s3:A"], "x")]) == document([allow("A", ["s3:A", "s3:Get"], ["x"])])


def test_a_statement_without_conditions_has_no_condition_block() -> None:
    assert "Condition" not in allow("A", ["s3:GetObject"], "x")


def test_only_a_denial_may_meet_everyone() -> None:
    assert for_anyone(deny("A", ["s3:*"], "x"))["Principal"] == "*"
    with pytest.raises(ValueError, match="A would allow anyone"):
        for_anyone(allow("A", ["s3:GetObject"], "x"))


def test_only_a_denial_may_meet_whatever_it_does_not_name() -> None:
    assert elsewhere(deny("A", ["*"], "x"))["NotResource"] == ["x"]
    with pytest.raises(ValueError, match="A would allow whatever it does not name"):
        elsewhere(allow("A", ["s3:GetObject"], "x"))


def test_principals_are_named_by_kind() -> None:
    assert for_principal(allow("A", ["s3:GetObject"], "x"), "AWS", "b", "a")["Principal"] == {"AWS": ["a", "b"]}


def test_pod_identity_is_bound_to_our_account_and_one_cluster() -> None:
    trust = json.loads(pod_identity_trust(account_id="123456789012", cluster_arn="arn:cluster"))["Statement"][0]
    assert trust["Principal"] == {"Service": ["pods.eks.amazonaws.com"]}
    assert trust["Action"] == ["sts:AssumeRole", "sts:TagSession"]
    assert trust["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"},
        "ArnEquals": {"aws:SourceArn": "arn:cluster"},
    }


def test_a_service_is_bound_to_our_account_where_it_says_for_whom_it_acts() -> None:
    bound = json.loads(service_trust("sagemaker.amazonaws.com", account_id="1"))["Statement"][0]
    free = json.loads(service_trust("ec2.amazonaws.com"))["Statement"][0]
    assert bound["Condition"] == {"StringEquals": {"aws:SourceAccount": "1"}}
    assert "Condition" not in free


def test_a_ci_job_is_compared_claim_by_claim() -> None:
    trust = json.loads(oidc_trust(provider_arn="arn:p", claims={"x:sub": ["b", "a"], "x:aud": ["sts"]}))["Statement"][0]
    assert trust["Condition"] == {"StringEquals": {"x:sub": ["a", "b"], "x:aud": ["sts"]}}
    assert trust["Action"] == ["sts:AssumeRoleWithWebIdentity"]
