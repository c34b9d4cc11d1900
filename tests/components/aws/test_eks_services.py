import json
from dataclasses import replace
from typing import Any

import pytest

from components.aws.eks_facts import EXPORT, plain_facts
from components.aws.endpoint_plan import Isolated
from components.aws.load_balancer_values import CHART, READINESS_GATE_LABEL, WEBHOOK_NAMES, LoadBalancerValues
from components.aws.network_spec import NoNat
from components.aws.registry_spec import RegistrySpec
from components.aws.upstream_images import DCGM_EXPORTER, DEVICE_PLUGIN, KARPENTER, LOAD_BALANCER_CONTROLLER
from serving.errors import ConfigurationError
from tests.support.aws_examples import (
    AL2023_POOL,
    CLUSTER,
    DEV,
    KARPENTER_POOL,
    MANAGED_POOL,
    MIRRORING_REGISTRY,
    NETWORK,
    PROD,
    make_eks_services,
    make_platform,
)
from tests.support.cluster_examples import documents, model_spec, recorded
from tests.support.recording import Graph, Resource, reaches, record


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record(lambda: make_eks_services("on", DEV))


def chart(graph: Graph, name: str) -> Resource:
    return graph.one("kubernetes:helm.sh/v4:Chart", name)


def test_a_live_slot_outranks_an_idle_one_which_pushes_nobody_aside(graph: Graph) -> None:
    live, idle = graph.named("on-priority-live").inputs, graph.named("on-priority-idle").inputs
    assert live["value"] > idle["value"] > 0
    assert idle["preemptionPolicy"] == "Never"
    assert [each["metadata"]["name"] for each in (live, idle)] == ["models-live", "models-idle"]


def test_whoever_fetches_a_release_reads_only_its_own_model_by_a_role_of_its_own() -> None:
    graph = record(lambda: make_eks_services("on", DEV, models=("digits", "breast_cancer")))
    found = graph.of("PodIdentityAssociation")
    readers = [each for each in found if "-reader-" in each.name]
    accounts = [each.inputs["serviceAccount"] for each in readers]
    fetching = ("blue", "blue-gate", "green", "green-gate", "shift")
    assert sorted(accounts) == [f"{model}-{pods}" for model in ("breast-cancer", "digits") for pods in fetching]
    assert {each.inputs["namespace"] for each in readers} == {"models"}
    assert len({each.inputs["roleArn"] for each in readers}) == len(accounts)
    policy = json.loads(graph.named("on-reader-breast-cancer-blue-policy").inputs["policy"])
    actions = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert actions == {"s3:GetObject", "s3:ListBucket", "kms:Decrypt"}
    assert policy["Statement"][0]["Resource"][0].endswith("/models/models/breast_cancer/*")


def test_every_pod_that_fetches_has_an_account_that_may_read_the_bucket(graph: Graph) -> None:
    readers = {each.inputs["serviceAccount"] for each in graph.of("PodIdentityAssociation") if "-reader-" in each.name}
    made = documents(recorded(model_spec()))
    pods = [each["spec"]["template"]["spec"] for each in made if each["kind"] in {"Deployment", "Job"}]
    fetching = {pod["serviceAccountName"] for pod in pods if "serving.fetch" in str(pod.get("initContainers"))}
    assert len(fetching) == 5
    assert fetching <= readers


def test_targets_go_before_the_controller_before_its_rights_and_its_nodes(graph: Graph) -> None:
    controller = chart(graph, "on-balancing")
    for binding in graph.of("TargetGroupBinding"):
        assert reaches(graph, binding, controller)
    for name in ("on-base-edge-registrar-policy", "on-base-edge-registrar-identity", "on-base-cluster-system-use1-az1"):
        assert reaches(graph, controller, graph.named(name))


def test_every_door_leads_to_the_port_where_envoy_speaks_tls(graph: Graph) -> None:
    specs = {each.name: each.inputs["spec"] for each in graph.of("TargetGroupBinding")}
    assert set(specs) == {"on-targets-rest", "on-targets-grpc"}
    for spec in specs.values():
        assert spec["serviceRef"] == {"name": "models-gateway", "port": 443}
        assert spec["targetType"] == "ip"
        assert "networking" not in spec, "the rules of security groups are ours"
    assert len({spec["targetGroupARN"] for spec in specs.values()}) == 2


def test_no_balancer_is_left_to_a_controller(graph: Graph) -> None:
    assert graph.of("Ingress") == []
    assert {each.inputs["spec"].get("type") for each in graph.of("kubernetes:core/v1:Service")} == {"ClusterIP"}


def test_the_controller_registers_pods_and_makes_nothing() -> None:
    values = LoadBalancerValues(
        cluster_name="c", region="us-east-1", vpc_id="vpc-1", watched_namespace="gateways",
        image="host/lbc", certificate_pem="PEM", private_key_pem="KEY",
    ).values()  # fmt: skip
    assert values["watchNamespace"] == "gateways"
    assert not values["enableServiceMutatorWebhook"]
    assert not values["createIngressClassResource"]
    assert not any(values["controllerConfig"]["featureGates"].values())
    assert values["image"]["tag"].endswith(LOAD_BALANCER_CONTROLLER.digest)
    assert values["webhookTLS"] == {"caCert": "PEM", "cert": "PEM", "key": "KEY"}


def test_the_webhook_has_the_certificate_of_its_names_so_that_a_preview_changes_nothing(graph: Graph) -> None:
    made = graph.named("on-balancing-webhook").inputs
    assert made["names"] == list(WEBHOOK_NAMES)
    assert {"caCert", "cert", "key"} <= chart(graph, "on-balancing").inputs["values"]["webhookTLS"].keys()


def test_charts_are_pinned_to_the_byte(graph: Graph) -> None:
    found = {each.name: each.inputs["chart"] for each in graph.of("kubernetes:helm.sh/v4:Chart")}
    assert set(found) == {"on-karpenter", "on-karpenter-crd", "on-balancing"}
    assert all("@sha256:" in found[name] for name in ("on-karpenter", "on-karpenter-crd"))
    assert CHART.sha256 in found["on-balancing"]


def test_what_the_engine_hides_of_a_chart_is_told_by_its_component(graph: Graph) -> None:
    told = [
        each
        for found in graph
        if found.type in ("slipway:aws:KarpenterController", "slipway:aws:LoadBalancerController")
        for each in found.inputs["charts"]
    ]
    assert len(told) == 3
    assert all(each["digest"].startswith("sha256:") and each["version"] for each in told)


def test_controllers_come_through_the_cache_of_our_registry(graph: Graph) -> None:
    host = "123456789012.dkr.ecr.us-east-1.amazonaws.com/test-ecr-public"
    image = chart(graph, "on-karpenter").inputs["values"]["controller"]["image"]
    assert image["repository"] == f"{host}/{KARPENTER.path}"
    assert chart(graph, "on-balancing").inputs["values"]["image"]["repository"] == (
        f"{host}/{LOAD_BALANCER_CONTROLLER.path}"
    )


def test_no_manifest_names_a_registry_of_somebody_else(graph: Graph) -> None:
    for found in graph:
        if found.type.startswith("kubernetes:"):
            assert "nvcr.io" not in str(found.inputs)
            assert "public.ecr.aws/" not in str(found.inputs.get("spec", ""))


def test_without_karpenter_pools_there_is_no_karpenter() -> None:
    graph = record(lambda: make_eks_services("on", DEV, node_pools={"fixed": MANAGED_POOL}))
    assert graph.of("NodePool", "EC2NodeClass") == []
    assert [each.name for each in graph.of("kubernetes:helm.sh/v4:Chart")] == ["on-balancing"]
    assert graph.of("DaemonSet")


def test_without_an_edge_nothing_registers_targets() -> None:
    graph = record(lambda: make_eks_services("on", DEV, edge=None))
    assert graph.of("TargetGroupBinding") == []
    assert "on-balancing" not in {each.name for each in graph.of("kubernetes:helm.sh/v4:Chart")}


def test_karpenter_in_a_closed_network_asks_for_no_prices() -> None:
    closed = replace(NETWORK, nat=NoNat(), endpoints=Isolated())
    graph = record(lambda: make_eks_services("on", DEV, network=closed))
    assert chart(graph, "on-karpenter").inputs["values"]["settings"]["isolatedVPC"] is True


def test_an_image_that_nobody_copied_is_refused_with_what_to_do() -> None:
    bare = RegistrySpec(repositories=("slipway/triton",), upstreams=("k8s",))
    with pytest.raises(ConfigurationError) as refused:
        record(lambda: make_eks_services("on", DEV, registry=bare, node_pools={"gpu": AL2023_POOL}))
    told = str(refused.value).splitlines()
    assert "registry.upstreams lacks ecr-public" in told[0]
    assert f"registry.mirrors lacks {DEVICE_PLUGIN.path}" in told[1]
    assert f"copy {DCGM_EXPORTER.source} there" in told[2]


def test_a_bottlerocket_pool_needs_no_copy_of_the_device_plugin() -> None:
    registry = RegistrySpec(repositories=(DCGM_EXPORTER.path,), mirrors=(DCGM_EXPORTER.source,))
    graph = record(lambda: make_eks_services("on", DEV, registry=registry, node_pools={"gpu": KARPENTER_POOL}))
    assert [each.inputs["metadata"]["name"] for each in graph.of("DaemonSet")] == ["dcgm-exporter"]


def test_system_nodes_that_take_no_proxy_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="the proxies, gates and shifts would have no node"):
        record(lambda: make_eks_services("on", DEV, cluster=CLUSTER))


def exported(**more: Any) -> dict[str, Any]:
    graph = record(lambda: make_platform("cloud", PROD, registry=MIRRORING_REGISTRY, **more))
    outputs = graph.outputs[next(each.urn for each in graph if each.type == "slipway:aws:AwsPlatform")]
    summary: dict[str, Any] = outputs["summary"]
    return summary


def test_another_stack_gets_the_same_facts_from_the_outputs() -> None:
    summary = exported()
    facts = plain_facts(summary[EXPORT], "prod-cloud")
    assert facts.cluster_name == "slipway-prod-cloud-4f2a"
    assert facts.interruption_queue == "slipway-prod-cloud-4f2a-interruptions"
    assert facts.instance_profile == "slipway-prod-cloud-cloud-pools-karpenter-node"
    assert set(facts.karpenter_plans) == {"gpu"}
    assert facts.protect
    assert set(summary["private_subnets"]) == set(facts.zones)
    assert set(summary["target_group_arns"]) == {"rest", "grpc"}


def test_what_the_facts_name_is_what_is_made() -> None:
    graph = record(lambda: make_platform("cloud", PROD))
    facts = plain_facts(exported()[EXPORT], "prod-cloud")
    assert graph.one("InstanceProfile", "cloud-pools-karpenter-node-profile").inputs["name"] == facts.instance_profile
    assert graph.one("aws:sqs/queue:Queue").inputs["name"] == facts.interruption_queue
    assert graph.named("cloud-artifacts-bucket").inputs["bucket"] == facts.bucket


@pytest.mark.parametrize("value", [None, {}, {"cluster_name": "c"}, "text"])
def test_a_stack_without_facts_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match="whose outputs do not say what its cluster is; bring prod-cloud up"):
        plain_facts(value, "prod-cloud")


def test_proxies_become_ready_only_when_the_balancer_found_them() -> None:
    assert READINESS_GATE_LABEL == {"elbv2.k8s.aws/pod-readiness-gate-inject": "enabled"}
