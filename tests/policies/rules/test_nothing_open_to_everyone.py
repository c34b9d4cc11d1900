from mechanics.facts import UNKNOWN
from planned_stack import good_stack, messages, put, resource, spoil

ID = "no-ingress-from-everyone"


def test_ranges_of_the_network_and_other_groups_pass() -> None:
    assert messages(ID, good_stack()) == []
    assert messages(ID, spoil("from-network", "cidrIpv4", UNKNOWN)) == []


def test_everyone_is_refused_with_the_value_and_the_place() -> None:
    (found,) = messages(ID, spoil("from-network", "cidrIpv4", "0.0.0.0/0"))
    assert '"0.0.0.0/0" lets everyone in. Where: SecurityGroupIngressRule from-network, cidrIpv4.' in found


def test_a_rule_inside_a_group_counts_too() -> None:
    rules = [{"cidrBlocks": ["10.0.0.0/8"]}, {"ipv6CidrBlocks": ["::/0"]}]
    group = resource("aws:ec2/securityGroup:SecurityGroup", "g", {"ingress": rules})
    (found,) = messages(ID, put(group))
    assert "ingress[1].ipv6CidrBlocks" in found


def test_a_default_group_with_rules_is_refused() -> None:
    (found,) = messages(ID, spoil("default-group", "egress", [{"cidrBlocks": ["0.0.0.0/0"]}]))
    assert "the network's default group has rules" in found


def test_a_way_out_to_everyone_is_left_alone() -> None:
    out = resource("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", "out", {"cidrIpv4": "0.0.0.0/0"})
    assert messages(ID, put(out)) == []
