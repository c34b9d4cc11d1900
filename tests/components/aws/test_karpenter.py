import json

import pytest

from components.aws.karpenter_policy import INTERRUPTIONS, KarpenterScope, karpenter_policy
from tests.support.aws_examples import DEV, PROD, make_pools
from tests.support.recording import Graph, reaches, record


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_pools("pools", PROD))


def scope() -> KarpenterScope:
    return KarpenterScope(site=DEV, cluster_name="c", node_role_arn="arn:node", instance_profile="p", queue_arn="arn:q")


STATEMENTS = {statement["Sid"]: statement for statement in karpenter_policy(scope())}


def test_karpenter_launches_only_from_templates_of_its_own() -> None:
    condition = STATEMENTS["LaunchFromTemplate"]["Condition"]
    assert condition["StringEquals"] == {"aws:ResourceTag/kubernetes.io/cluster/c": "owned"}
    assert condition["StringLike"] == {"aws:ResourceTag/karpenter.sh/nodepool": "*"}


def test_karpenter_creates_only_what_it_tags_as_its_own() -> None:
    condition = STATEMENTS["Create"]["Condition"]
    assert condition["StringEquals"] == {
        "aws:RequestTag/kubernetes.io/cluster/c": "owned",
        "aws:RequestTag/eks:eks-cluster-name": "c",
    }


def test_karpenter_tags_only_while_creating() -> None:
    assert "ec2:CreateAction" in STATEMENTS["TagWhatIsCreated"]["Condition"]["StringEquals"]
    assert STATEMENTS["TagInstances"]["Condition"]["Null"] == {"aws:TagKeys": "false"}


def test_karpenter_terminates_only_its_own() -> None:
    assert STATEMENTS["Terminate"]["Action"] == ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"]
    assert STATEMENTS["Terminate"]["Condition"]["StringEquals"] == {"aws:ResourceTag/kubernetes.io/cluster/c": "owned"}


def test_karpenter_passes_one_role_to_one_service() -> None:
    assert STATEMENTS["PassNodeRole"]["Resource"] == ["arn:node"]
    assert STATEMENTS["PassNodeRole"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}


def test_karpenter_looks_only_into_its_region() -> None:
    assert STATEMENTS["Describe"]["Condition"] == {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}
    assert STATEMENTS["NodeImages"]["Resource"] == ["arn:aws:ssm:us-east-1::parameter/aws/service/*"]


def test_karpenter_reads_instance_profiles_and_makes_none() -> None:
    actions = {
        action for statement in STATEMENTS.values() for action in statement["Action"] if action.startswith("iam:")
    }
    assert actions == {
        "iam:CreateServiceLinkedRole", "iam:GetInstanceProfile", "iam:ListInstanceProfiles", "iam:PassRole"
    }  # fmt: skip
    assert STATEMENTS["Cluster"]["Resource"] == ["arn:aws:eks:us-east-1:123456789012:cluster/c"]
    assert STATEMENTS["Interruptions"]["Resource"] == ["arn:q"]
    assert STATEMENTS["Prices"]["Action"] == ["pricing:GetProducts"]


def test_karpenter_may_make_the_role_of_spot_and_no_other() -> None:
    statement = STATEMENTS["SpotRole"]
    assert statement["Condition"] == {"StringEquals": {"iam:AWSServiceName": "spot.amazonaws.com"}}
    assert statement["Resource"][0].endswith(":role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot")


def test_every_kind_of_interruption_reaches_the_queue(graph: Graph) -> None:
    rules, targets = graph.of("EventRule"), graph.of("EventTarget")
    assert len(rules) == len(targets) == len(INTERRUPTIONS) == 5
    details = {detail for rule in rules for detail in json.loads(rule.inputs["eventPattern"])["detail-type"]}
    assert "EC2 Capacity Reservation Instance Interruption Warning" in details
    assert all(reaches(graph, target, graph.one("QueuePolicy")) for target in targets)


def test_the_queue_keeps_messages_for_five_minutes(graph: Graph) -> None:
    queue = graph.one("Queue").inputs
    assert (queue["messageRetentionSeconds"], queue["sqsManagedSseEnabled"]) == (300, True)


def test_nodes_of_karpenter_may_join_and_have_a_role_of_their_own(graph: Graph) -> None:
    entry = graph.named("pools-karpenter-node-access")
    assert entry.inputs["type"] == "EC2_LINUX"
    assert entry.inputs["principalArn"] != graph.of("NodeGroup")[0].inputs["nodeRoleArn"]


def test_the_controller_gets_its_identity_after_its_policy(graph: Graph) -> None:
    identity = graph.named("pools-karpenter-controller-identity")
    assert (identity.inputs["namespace"], identity.inputs["serviceAccount"]) == ("kube-system", "karpenter")
    assert reaches(graph, identity, graph.named("pools-karpenter-controller-policy"))
