import json

import pulumi
import pytest

from components.aws.pod_identity import ServiceAccount, pod_role
from tests.support.aws_examples import DEV, PROD, make_platform
from tests.support.recording import Graph, reaches, record


class Owner(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("test:test:Owner", "owner")
        account = ServiceAccount(cluster="slipway-dev-4f2a", cluster_name="from-the-cluster", namespace="n", name="a")
        pod_role("reader", site=DEV, account=account, policy='{"Version": "2012-10-17"}', parent=self)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(Owner)


def test_a_role_is_given_to_one_service_account_of_one_cluster(graph: Graph) -> None:
    identity, role = graph.one("PodIdentityAssociation"), graph.one("aws:iam/role:Role")
    assert identity.inputs["clusterName"] == "from-the-cluster"
    assert (identity.inputs["namespace"], identity.inputs["serviceAccount"]) == ("n", "a")
    trust = json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]
    assert trust["Condition"]["ArnEquals"]["aws:SourceArn"].endswith("cluster/slipway-dev-4f2a")


def test_no_pod_gets_a_role_before_the_role_has_its_policy() -> None:
    graph = record(lambda: make_platform("cloud", PROD))
    identities = graph.of("PodIdentityAssociation")
    assert len(identities) >= 2
    for identity in identities:
        policy = graph.named(identity.name.removesuffix("-identity") + "-policy")
        assert reaches(graph, identity, policy), "its first calls would be refused"
