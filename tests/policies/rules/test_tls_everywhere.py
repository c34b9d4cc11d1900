import pytest
from planned_stack import MISSING, good_stack, messages, put, resource, spoil

ID = "tls-min-version"


def test_hops_with_new_tls_pass() -> None:
    assert messages(ID, good_stack()) == []


@pytest.mark.parametrize("policy", ["ELBSecurityPolicy-TLS-1-2-2017-01", MISSING, None])
def test_an_old_policy_of_a_listener_is_refused(policy: object) -> None:
    (found,) = messages(ID, spoil("listener", "sslPolicy", policy))
    assert "the listener's policy is" in found
    assert "Fix: use ELBSecurityPolicy-TLS13-1-2-2021-06." in found


def test_targets_in_the_clear_are_refused() -> None:
    targets = resource("aws:lb/targetGroup:TargetGroup", "t", {"protocol": "TCP"})
    (found,) = messages(ID, put(targets))
    assert 'the protocol is "TCP". Where: TargetGroup t, protocol.' in found


def test_an_integration_that_does_not_check_who_answers_is_refused_where_it_is_private() -> None:
    (found,) = messages(ID, spoil("integration", "tlsConfig", MISSING))
    assert "the API does not check who answers it" in found
    public = spoil("integration", "connectionType", "INTERNET", spoil("integration", "tlsConfig", MISSING))
    assert messages(ID, public) == []


def test_a_rule_of_a_group_has_a_protocol_of_another_kind() -> None:
    rule = resource("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "r", {"protocol": "tcp"})
    assert messages(ID, put(rule)) == []
