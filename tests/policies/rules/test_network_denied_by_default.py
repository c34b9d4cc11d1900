from typing import Any

import pytest
from cluster_mutants import BLUE, GATE_JOB
from mechanics.facts import UNKNOWN
from planned_pods import NAMESPACE
from planned_stack import MISSING, good_stack, messages, spoil, without

ID = "network-default-deny"
POLICY = f"{BLUE}-network"
ANYWHERE = {"ipBlock": {"cidr": "0.0.0.0/0"}}
BUT_METADATA = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}
OF_A_TEAM = {"matchLabels": {"team": "shop"}}


METADATA = "pods may ask the node's metadata service for its role"


def block(cidr: object, *excepted: str) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr, "except": list(excepted)}}


def test_closed_pods_pass() -> None:
    assert messages(ID, good_stack(), "prod") == []


def test_pods_that_no_policy_closes_are_named() -> None:
    found = messages(ID, without("deny"))
    assert len(found) == 4, "two jobs, in and out"
    assert f"no NetworkPolicy of namespace {NAMESPACE} closes ingress for these pods. Where: Job" in found[0]


def test_a_policy_of_one_side_closes_one_side() -> None:
    half = spoil("deny", "spec.policyTypes", ["Ingress"])
    assert all("closes egress" in message for message in messages(ID, half))
    assert messages(ID, half)


def test_policies_of_another_namespace_close_nothing() -> None:
    assert len(messages(ID, spoil("deny", "metadata.namespace", "other"))) == 4


# Each of them is anybody, by ranges that are halves of everything or by a selector that chooses nothing.
ANYBODY: list[dict[str, Any]] = [
    *(ANYWHERE, BUT_METADATA, {}, block("0.0.0.0/1"), block("::/0"), block("2000::/3"), block("16.0.0.0/8")),
    *(block("10.1.2.3/0"), block("everywhere"), block(None)),
    {"namespaceSelector": {}},
    {"namespaceSelector": {"matchLabels": {}, "matchExpressions": []}},
    {"namespaceSelector": {}, "podSelector": {}},
    {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "NotIn", "values": ["shop"]}]}},
]
SOMEBODY: list[dict[str, Any]] = [
    *(block("10.0.0.0/9"), block("192.168.0.0/16"), block("2600:1f18::/36")),
    {"podSelector": {}},
    {"namespaceSelector": OF_A_TEAM},
    {"namespaceSelector": {"matchExpressions": [{"key": "team", "operator": "In", "values": ["shop"]}]}},
    {"namespaceSelector": {}, "podSelector": OF_A_TEAM},
]


@pytest.mark.parametrize("sources", [MISSING, [], *([each] for each in ANYBODY), [SOMEBODY[0], ANYBODY[-1]]])
def test_a_model_server_is_not_open_to_anybody(sources: object) -> None:
    (found,) = messages(ID, spoil(POLICY, "spec.ingress[0].from", sources))
    assert f"anybody may come in. Where: NetworkPolicy {POLICY}, spec.ingress[0].from." in found


def test_a_model_server_is_open_to_those_who_are_named() -> None:
    assert messages(ID, spoil(POLICY, "spec.ingress[0].from", SOMEBODY)) == []


def test_a_selector_that_is_not_known_yet_is_not_taken_for_one_that_is_empty() -> None:
    assert messages(ID, spoil(POLICY, "spec.ingress[0].from", [{"namespaceSelector": UNKNOWN}])) == []


@pytest.mark.parametrize(
    "ports", [MISSING, [], [{"port": 8000}, {"port": 22}], [{"port": 8000, "endPort": 9000}], ["8000"]]
)
def test_only_a_model_servers_ports_are_open(ports: object) -> None:
    assert "more than a model server's ports is open" in messages(ID, spoil(POLICY, "spec.ingress[0].ports", ports))[0]


def test_ports_of_others_are_theirs() -> None:
    opened = [{"from": [{"podSelector": {"matchLabels": {"app": "x"}}}], "ports": [{"port": 22}]}]
    selector = {"matchLabels": {"app.kubernetes.io/component": "gate"}}
    assert messages(ID, spoil(POLICY, "spec", {"podSelector": selector, "ingress": opened})) == []


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"ports": [{"port": 53}]}, None),
        ({"to": [BUT_METADATA], "ports": [{"port": 443}]}, None),
        ({}, "pods may go anywhere"),
        ({"ports": [{"port": 443}]}, "pods may go anywhere"),
        ({"ports": [{"port": 53, "endPort": 65535}]}, "pods may go anywhere"),
        ({"to": [{}]}, "pods may go anywhere"),
        ({"to": [{"namespaceSelector": {}}], "ports": [{"port": 443}]}, "pods may go anywhere"),
        ({"to": [{"namespaceSelector": {}}], "ports": [{"port": 53}]}, None),
        ({"to": [{"namespaceSelector": {}, "podSelector": OF_A_TEAM}]}, None),
        ({"to": [ANYWHERE]}, METADATA),
        ({"to": [block("169.254.0.0/16")]}, METADATA),
        ({"to": [block("128.0.0.0/1", "10.0.0.0/8")]}, METADATA),
        ({"to": [block("169.254.169.254/32")]}, METADATA),
        ({"to": [block("::/0")]}, METADATA),
        ({"to": [block("fd00:ec2::254/128")]}, METADATA),
        ({"to": [block("everywhere")]}, METADATA),
        ({"to": [block("0.0.0.0/0", "169.254.0.0/16")]}, None),
        ({"to": [block("::/0", "fd00:ec2::/32")]}, None),
        ({"to": [block("169.254.170.23/32"), block("10.0.0.0/16")]}, None),
    ],
)
def test_pods_go_only_where_it_is_written(rule: dict[str, Any], problem: str | None) -> None:
    found = messages(ID, spoil(POLICY, "spec.egress", [rule]))
    assert len(found) == (problem is not None)
    assert problem is None or problem in found[0]


def test_a_stack_without_pods_needs_no_policy() -> None:
    jobs = (GATE_JOB, GATE_JOB.replace("gate", "shift"))
    assert messages(ID, without("deny", *jobs)) == []
