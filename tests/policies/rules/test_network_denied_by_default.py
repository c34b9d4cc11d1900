from typing import Any

import pytest
from cluster_mutants import BLUE, GATE_JOB
from planned_pods import NAMESPACE
from planned_stack import MISSING, good_stack, messages, spoil, without

ID = "network-default-deny"
POLICY = f"{BLUE}-network"
ANYWHERE = {"ipBlock": {"cidr": "0.0.0.0/0"}}
BUT_METADATA = {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}


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


@pytest.mark.parametrize("sources", [MISSING, [], [ANYWHERE], [BUT_METADATA]])
def test_a_model_server_is_not_open_to_anybody(sources: object) -> None:
    (found,) = messages(ID, spoil(POLICY, "spec.ingress[0].from", sources))
    assert f"anybody may come in. Where: NetworkPolicy {POLICY}, spec.ingress[0].from." in found


@pytest.mark.parametrize("ports", [MISSING, [], [{"port": 8000}, {"port": 22}]])
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
        ({"to": [ANYWHERE]}, "pods may ask the node's metadata service for its role"),
    ],
)
def test_pods_go_only_where_it_is_written(rule: dict[str, Any], problem: str | None) -> None:
    found = messages(ID, spoil(POLICY, "spec.egress", [rule]))
    assert len(found) == (problem is not None)
    assert problem is None or problem in found[0]


def test_a_stack_without_pods_needs_no_policy() -> None:
    jobs = (GATE_JOB, GATE_JOB.replace("gate", "shift"))
    assert messages(ID, without("deny", *jobs)) == []
