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


PLAIN = [{"name": "http", "protocol": "HTTP", "port": 80}]


def test_a_gateway_of_a_cluster_speaks_tls_where_its_kind_of_stack_asks_for_it() -> None:
    plain = spoil("door", "spec.listeners", PLAIN)
    assert messages(ID, plain, "local") == []
    (found,) = messages(ID, plain, "prod")
    assert "no listener of the gateway speaks TLS. Where: Gateway door, spec.listeners." in found


def test_callers_inside_the_cluster_may_have_a_listener_beside_it() -> None:
    both = [*PLAIN, {"protocol": "HTTPS", "tls": {"certificateRefs": [{"name": "c"}]}}]
    assert messages(ID, spoil("door", "spec.listeners", both), "prod") == []


def test_a_listener_needs_a_certificate_unless_it_passes_tls_on() -> None:
    (found,) = messages(ID, spoil("door", "spec.listeners[0].tls", MISSING))
    assert "the gateway's listener has no certificate. Where: Gateway door, spec.listeners[0]" in found
    assert messages(ID, spoil("door", "spec.listeners[0].tls", {"mode": "Passthrough"})) == []


@pytest.mark.parametrize(("oldest", "passes"), [("1.0", False), ("Auto", False), ("1.2", True), ("1.3", True)])
def test_clients_of_a_cluster_use_new_tls(oldest: str, passes: bool) -> None:
    assert (messages(ID, spoil("door-clients", "spec.tls.minVersion", oldest)) == []) is passes
