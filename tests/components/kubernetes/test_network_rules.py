"""Who may talk to whom: nobody, and then the few that must."""

from dataclasses import replace
from typing import Any

from components.kubernetes.network_rules import default_deny, job_policy, slot_policy
from tests.support.cluster_examples import SITE

SELECTOR = {"slipway.dev/slot": "blue"}


def slot(*, from_s3: bool = False) -> dict[str, Any]:
    spec: dict[str, Any] = slot_policy(SITE, "digits-blue", SELECTOR, from_s3=from_s3)["spec"]
    return spec


def gate(*, from_s3: bool = False) -> dict[str, Any]:
    spec: dict[str, Any] = job_policy(SITE, "digits-blue-gate", SELECTOR, from_s3=from_s3)["spec"]
    return spec


def ports(rule: dict[str, Any]) -> set[int]:
    return {port["port"] for port in rule["ports"]}


def test_a_pod_without_a_policy_of_its_own_talks_to_nobody() -> None:
    spec = default_deny(SITE)["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [], "egress": []}


def test_requests_come_from_our_proxies_and_metrics_are_read_by_prometheus() -> None:
    requests, metrics = slot()["ingress"]
    (proxies,) = requests["from"]
    assert proxies["podSelector"]["matchLabels"] == SITE.proxy_labels
    assert proxies["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": SITE.gateway_namespace}
    assert ports(requests) == {8000, 8001}
    assert ports(metrics) == {8002}


def test_a_slot_reaches_names_and_nothing_else() -> None:
    (names,) = slot()["egress"]
    assert ports(names) == {53}
    assert names["to"][0]["podSelector"]["matchLabels"] == {"k8s-app": "kube-dns"}


def test_names_and_the_api_are_where_the_cluster_has_them() -> None:
    site = replace(
        SITE,
        dns_namespace="openshift-dns",
        dns_labels={"dns.operator.openshift.io/daemonset-dns": "default"},
        dns_port=5353,
        api_server_ports=(8443,),
    )
    names, _, api = job_policy(site, "gate", SELECTOR, from_s3=False)["spec"]["egress"]
    (pods,) = names["to"]
    assert pods["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "openshift-dns"}
    assert pods["podSelector"]["matchLabels"] == {"dns.operator.openshift.io/daemonset-dns": "default"}
    assert (ports(names), ports(api)) == ({5353}, {8443})


def test_a_slot_that_fetches_from_a_bucket_reaches_it_and_never_the_nodes_own_identity() -> None:
    _, bucket, agent = slot(from_s3=True)["egress"]
    assert ports(bucket) == {443}
    assert bucket["to"] == [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}]
    assert agent == {"to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}], "ports": [{"protocol": "TCP", "port": 80}]}


def test_a_job_is_asked_by_nobody_and_asks_the_gateway_and_the_api() -> None:
    spec = gate()
    assert spec["ingress"] == []
    names, proxies, api = spec["egress"]
    assert ports(names) == {53}
    assert ports(proxies) == {10080, 10443, 19001}
    assert ports(api) == {443, 6443}


def test_a_job_that_fetches_from_a_bucket_asks_the_agent_for_its_identity() -> None:
    assert ports(gate(from_s3=True)["egress"][-1]) == {80}
