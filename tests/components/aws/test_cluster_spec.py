import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from components.aws.addon_plan import ADDONS, addon_problems, of_phase
from components.aws.cluster_spec import (
    PublicApi,
    SystemNodesSpec,
    cluster_problems,
    service_range_problems,
    version_problems,
)  # fmt: skip
from components.aws.kubeconfig import kubeconfig
from tests.support.aws_examples import CLUSTER, DEPLOY_ROLE, DEV_CLUSTER, PINNED

OFFERED = {"1.34": dt.date(2026, 12, 2), "1.35": dt.date(2027, 3, 27)}
SESSION = "arn:aws:sts::123456789012:assumed-role/deploy/me"
USER = "arn:aws:iam::123456789012:user/me"


def test_the_examples_have_no_problem() -> None:
    assert list(cluster_problems(CLUSTER, production=True)) == []
    assert list(cluster_problems(DEV_CLUSTER, production=False)) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"api": PublicApi(allowed_cidrs=("0.0.0.0/0",))}, "cluster.api.allowed_cidrs has 0.0.0.0/0, which opens the Kubernetes API to everyone; list your office and CI ranges, or use private."),
        ({"api": PublicApi(allowed_cidrs=("8.0.0.0/7",))}, "cluster.api.allowed_cidrs has 8.0.0.0/7, which opens the Kubernetes API to everyone; list your office and CI ranges, or use private."),
        ({"api": PublicApi(allowed_cidrs=())}, "cluster.api.allowed_cidrs has 0 ranges; list 1 to 40 (your office and CI ranges), or use private."),
        ({"admins": (SESSION,)}, "cluster.admins[0] is a session ARN; give the role's own ARN."),
        ({"admins": (USER,)}, f'cluster.admins[0] is "{USER}", which is no role; give a role\'s ARN.'),
        ({"admins": ()}, "cluster.admins is empty; name at least the deploy role, or nobody can enter the cluster."),
        ({"viewers": (DEPLOY_ROLE,)}, "cluster.viewers[0] names a role for the second time; EKS keeps one entry per role."),
        ({"log_retention_days": 15}, "cluster.log_retention_days is 15; CloudWatch accepts 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653."),
        ({"addons": {**PINNED, "coredns": "latest"}}, 'cluster.addons.coredns is "latest"; pin a version such as v1.12.4-eksbuild.1 in prod, so that an update is a reviewed change.'),
        ({"name_suffix": "xyz"}, 'cluster.name_suffix is "xyz"; write four hex digits such as "4f2a", new ones for each new cluster, so that what is left of an old one never blocks it.'),
        ({"system_nodes": SystemNodesSpec(instance_type="m7i.xlarge")}, "cluster.system_nodes.release_version is missing; pin one such as 1.35.3-20260415 in prod, so that a new node image is a reviewed change."),
        ({"system_nodes": replace(CLUSTER.system_nodes, nodes_per_zone=0)}, "cluster.system_nodes.nodes_per_zone is 0; controllers and DNS need at least 1."),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_place_value_and_what_to_do(change: dict[str, Any], sentence: str) -> None:
    assert list(cluster_problems(replace(CLUSTER, **change), production=True)) == [sentence]


def test_a_range_that_cannot_be_read_is_a_sentence_too() -> None:
    spec = replace(CLUSTER, api=PublicApi(allowed_cidrs=("office",)))
    assert next(cluster_problems(spec, production=True)).startswith(
        'cluster.api.allowed_cidrs has "office", which is no range'
    )


def test_a_version_whose_support_ends_soon_names_the_next_one() -> None:
    today = dt.date(2026, 11, 1)
    assert list(version_problems("1.34", OFFERED, today)) == [
        "cluster.kubernetes_version is 1.34, whose standard support ends on 2026-12-02; move to 1.35 first, one minor version at a time."
    ]
    assert list(version_problems("1.35", OFFERED, today)) == []


@pytest.mark.parametrize(("day", "accepted"), [(dt.date(2026, 10, 17), True), (dt.date(2026, 10, 18), False)])
def test_more_than_45_days_of_support_must_be_left(day: dt.date, accepted: bool) -> None:
    assert (list(version_problems("1.34", OFFERED, day)) == []) == accepted


def test_a_version_that_eks_does_not_offer_lists_those_it_does() -> None:
    assert list(version_problems("1.99", OFFERED, dt.date(2026, 1, 1))) == [
        "cluster.kubernetes_version is 1.99, which EKS does not offer; offered are 1.34 and 1.35."
    ]


def test_addons_that_are_unknown_or_missing_are_named() -> None:
    versions = {**PINNED, "ghost": "v1.0.0-eksbuild.1"}
    del versions["coredns"]
    assert list(addon_problems(versions, production=True)) == [
        "cluster.addons.coredns is missing; give it a version.",
        "cluster.addons.ghost is not an add-on of this cluster; they are eks-pod-identity-agent, kube-proxy, vpc-cni, aws-ebs-csi-driver, coredns, eks-node-monitoring-agent and metrics-server.",
    ]


def test_the_default_version_is_for_dev_only() -> None:
    versions = dict.fromkeys(ADDONS, "default")
    assert list(addon_problems(versions, production=False)) == []
    assert len(list(addon_problems(versions, production=True))) == len(ADDONS)


def test_nodes_get_their_network_before_they_come() -> None:
    assert set(of_phase("before_nodes")) == {"vpc-cni", "kube-proxy", "eks-pod-identity-agent"}
    assert set(of_phase("after_nodes")) == ADDONS.keys() - set(of_phase("before_nodes"))


def test_pods_get_whole_prefixes_and_network_policies() -> None:
    configuration = ADDONS["vpc-cni"].configuration or ""
    assert '"ENABLE_PREFIX_DELEGATION": "true"' in configuration
    assert '"enableNetworkPolicy": "true"' in configuration


def test_a_kubeconfig_holds_no_token() -> None:
    text = kubeconfig(name="c", endpoint="https://e", certificate_authority="Q0E=", region="us-east-1")
    assert '"get-token"' in text
    assert '"token":' not in text


@pytest.mark.parametrize(
    ("services", "sentences"),
    [
        ("172.20.0.0/16", []),
        ("10.0.0.0/20", ['cluster.service_cidr is "10.0.0.0/20", which overlaps network.cidr (10.0.0.0/16); take another.']),
        ("172.20.0.0/28", ['cluster.service_cidr is "172.20.0.0/28"; EKS takes a private range with a prefix of 12 to 24.']),
        ("8.8.0.0/16", ['cluster.service_cidr is "8.8.0.0/16"; EKS takes a private range with a prefix of 12 to 24.']),
    ],
)  # fmt: skip
def test_services_have_a_range_of_their_own(services: str, sentences: list[str]) -> None:
    assert list(service_range_problems(services, "10.0.0.0/16")) == sentences
    beside_a_mistake = list(service_range_problems(services, "office"))
    assert beside_a_mistake == [each for each in sentences if "overlaps" not in each]


def test_a_range_of_services_that_cannot_be_read_is_a_sentence() -> None:
    (sentence,) = service_range_problems("many", "10.0.0.0/16")
    assert sentence.startswith('cluster.service_cidr is "many", which is no IPv4 range')
