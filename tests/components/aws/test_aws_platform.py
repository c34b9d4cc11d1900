import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from components.aws.aws_site import Site
from components.aws.edge_spec import CloudFrontWaf, Mtls
from components.aws.eks_facts import EXPORT
from components.aws.gpu_pool_spec import KarpenterPool
from components.aws.managed_metrics_spec import ManagedMetricsSpec
from components.aws.network_spec import NatIn
from serving.errors import ConfigurationError
from tests.support.aws_examples import CLUSTER, DEV, EDGE, NETWORK, PROD, SMALL_NETWORK, make_platform
from tests.support.recording import Graph, reaches, reaches_all, record


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_platform("cloud", PROD))


def platform(site: Site = PROD, **more: Any) -> Graph:
    return record(lambda: make_platform("cloud", site, **more))


def test_a_version_near_its_end_stops_before_any_other_resource() -> None:
    def offered(_: dict[str, Any]) -> dict[str, Any]:
        end = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=10)
        return {"clusterVersions": [{"clusterVersion": "1.35", "endOfStandardSupportDate": end.isoformat()}]}

    with pytest.raises(ConfigurationError, match=r"move to 1\.36 first, one minor version at a time"):
        record(lambda: make_platform("cloud", PROD), {"aws:eks/getClusterVersions:getClusterVersions": offered})


def test_a_ceiling_far_above_the_budget_stops_before_any_resource() -> None:
    pools = {"gpu": KarpenterPool(instance_types=("g6.xlarge",), gpu_limit=16, disk_gib=200, ami_release="v1")}
    with pytest.raises(ConfigurationError, match=r"node_pools can reach \$9,400 a month \(16 GPUs\)"):
        platform(node_pools=pools)


def test_another_account_is_refused_by_the_provider(graph: Graph) -> None:
    provider = next(resource for resource in graph if resource.type == "pulumi:providers:aws")
    assert provider.inputs["region"] == "us-east-1"
    assert "123456789012" in str(provider.inputs["allowedAccountIds"])


def test_what_is_destroyed_last_is_what_everything_stands_on(graph: Graph) -> None:
    vpc, control_plane = graph.one("Vpc"), graph.one("aws:eks/cluster:Cluster")
    assert reaches(graph, control_plane, vpc)
    assert all(reaches(graph, found, control_plane) for found in graph.of("NodeGroup", "Addon", "AccessEntry"))
    assert all(reaches(graph, found, vpc) for found in graph.of("Subnet", "LoadBalancer", "VpcLink"))


def test_consumers_of_interfaces_go_before_their_groups_and_subnets(graph: Graph) -> None:
    link = graph.one("VpcLink")
    assert reaches(graph, link, graph.named("cloud-edge-api-link-group"))
    assert reaches_all(graph, link, [graph.named(f"cloud-network-private-{zone}") for zone in NETWORK.zones[:2]])
    assert all(found.timeouts.get("delete") == "20m" for found in graph.of("Subnet", "SecurityGroup"))


def test_budgets_wait_for_the_policy_of_their_topic(graph: Graph) -> None:
    policy = graph.named("cloud-alerts-warning-policy")
    assert all(reaches(graph, found, policy) for found in graph.of("aws:budgets/budget:Budget"))


def test_the_balancer_waits_for_the_bucket_of_its_logs(graph: Graph) -> None:
    assert reaches(graph, graph.one("LoadBalancer"), graph.named("cloud-logs-bucket-policy"))


def test_prod_protects_network_cluster_addresses_keys_and_data(graph: Graph) -> None:
    protected = {resource.type.rpartition(":")[2] for resource in graph if resource.protect}
    assert protected == {"Vpc", "Eip", "Cluster", "Key", "Bucket", "Repository"}


def test_a_drained_stack_keeps_only_data_and_keys() -> None:
    protected = {r.type.rpartition(":")[2] for r in platform(replace(PROD, draining=True)) if r.protect}
    assert protected == {"Key", "Bucket", "Repository"}


def test_a_bucket_is_either_protected_or_emptied_by_a_destroy(graph: Graph) -> None:
    assert len(graph.of("Bucket")) == 3
    assert all(bucket.protect for bucket in graph.of("Bucket")), "a destroy would stop half-way at a bucket with logs"
    for bucket in platform(replace(DEV, disposable=True)).of("Bucket"):
        assert bucket.inputs["forceDestroy"]


def test_dev_protects_nothing_and_may_empty_everything() -> None:
    graph = platform(DEV)
    assert not any(resource.protect for resource in graph)
    assert {r.inputs["forceDestroy"] for r in graph.of("aws:s3/bucket:Bucket")} == {True}
    assert {r.inputs["forceDelete"] for r in graph.of("Repository")} == {True}


def test_every_log_group_expires_and_has_a_key(graph: Graph) -> None:
    assert len(graph.of("LogGroup")) == 2
    assert all(group.inputs["retentionInDays"] and group.inputs["kmsKeyId"] for group in graph.of("LogGroup"))


def test_no_rule_lets_everyone_in(graph: Graph) -> None:
    rules = graph.of("SecurityGroupIngressRule")
    assert rules
    assert not [rule.name for rule in rules if rule.inputs.get("cidrIpv4") == "0.0.0.0/0"]
    assert not [group.name for group in graph.of("SecurityGroup") if {"ingress", "egress"} & group.inputs.keys()]


def test_outside_us_east_1_the_probes_alarm_has_a_channel_there() -> None:
    zones = ("euc1-az1", "euc1-az2")
    network = replace(SMALL_NETWORK, zones=zones, nat=NatIn(zone="euc1-az1"))
    graph = platform(replace(DEV, region="eu-central-1"), network=network, cluster=CLUSTER)
    alarm = graph.named("cloud-alarms-edge-unreachable")
    assert alarm.inputs["region"] == "us-east-1"
    assert reaches(graph, alarm, graph.named("cloud-global-alerts-critical"))
    assert graph.named("cloud-global-alerts-critical").inputs["region"] == "us-east-1"


def test_without_edge_and_alerts_the_rest_still_stands() -> None:
    graph = platform(edge=None, alerts=None)
    assert graph.of("LoadBalancer", "Topic", "MetricAlarm") == []
    assert len(graph.of("aws:budgets/budget:Budget")) == 2


def test_the_summary_is_what_the_stack_on_the_cluster_needs(graph: Graph) -> None:
    outputs = graph.outputs[next(r.urn for r in graph if r.type == "slipway:aws:AwsPlatform")]
    summary = outputs["summary"]
    for name in (
        "cluster_name", "cluster_arn", "kubeconfig", "node_pools", "target_group_arns", "url", "vpc_id",
        "node_security_group_id", "image_refs", "artifact_key_arn",
    ):  # fmt: skip
        assert name in summary
    facts = summary[EXPORT]
    assert set(summary["private_subnets"]) == set(NETWORK.zones), "node classes select subnets by id"
    assert facts["tags"]["slipway:stack"] == "prod-cloud", "what Karpenter makes carries them too"
    assert facts["isolated"] is False
    assert facts["interruption_queue"]
    assert facts["instance_profile"]


def test_a_new_zone_changes_only_what_must_know_it() -> None:
    pools = {"gpu": KarpenterPool(instance_types=("g6.xlarge",), gpu_limit=1, disk_gib=150, ami_release="v1")}
    small = platform(DEV, network=SMALL_NETWORK, node_pools=pools)
    large = platform(DEV, network=replace(SMALL_NETWORK, zones=(*SMALL_NETWORK.zones, "use1-az4")), node_pools=pools)
    changed = {r.type for r in small if r.custom and large.resources[r.urn].inputs != r.inputs}
    assert changed == {"aws:lb/loadBalancer:LoadBalancer"}, "its subnets grow in place"


def exported(graph: Graph) -> dict[str, Any]:
    urn = next(each.urn for each in graph if each.type == "slipway:aws:AwsPlatform")
    found: dict[str, Any] = graph.outputs[urn]["summary"]
    return found


def test_who_wants_to_react_to_alarms_finds_them_and_their_topics_in_the_outputs(graph: Graph) -> None:
    found = exported(graph)
    assert set(found["topic_arns"]) == {"critical", "warning"}
    assert set(found["alarm_names"]) == {alarm.name for alarm in graph.of("MetricAlarm")}


def test_where_managed_metrics_are_written_is_an_output(graph: Graph) -> None:
    assert "workspace_remote_write_url" not in exported(graph)
    written = exported(platform(metrics=ManagedMetricsSpec()))["workspace_remote_write_url"]
    assert written.endswith("api/v1/remote_write")


def test_with_client_certificates_nothing_probes_and_no_alarm_waits_for_a_probe() -> None:
    mtls = Mtls(truststore_uri="s3://b/ca.pem", version="7")
    network = replace(SMALL_NETWORK, zones=("euw1-az1", "euw1-az2"), nat=NatIn(zone="euw1-az1"))
    graph = platform(replace(PROD, region="eu-west-1"), network=network, edge=replace(EDGE, mtls=mtls))
    assert graph.of("HealthCheck") == []
    assert not [alarm.name for alarm in graph.of("MetricAlarm") if "unreachable" in alarm.name]
    assert {topic.inputs.get("region") for topic in graph.of("Topic")} == {None}, "no channel in us-east-1 for nothing"


def test_the_stack_on_the_cluster_knows_the_secret_of_the_firewall(graph: Graph) -> None:
    assert "origin_secret" not in exported(graph)
    assert not exported(graph)[EXPORT]["guarded"]
    guarded = exported(platform(edge=replace(EDGE, waf=CloudFrontWaf(origin_secret="only-cloudfront-knows"))))
    assert (guarded["origin_secret"], guarded[EXPORT]["guarded"]) == ("only-cloudfront-knows", True)
