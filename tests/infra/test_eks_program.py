import asyncio
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.aws.aws_platform import AwsPlatform
from components.aws.eks_facts import EXPORT
from components.aws.image_cache_plan import ImageLoad, NoCache, start_plan
from infra.aws_presets import merged
from infra.cluster_program import register_on_stack
from infra.eks_program import below_stack, cold_rollbacks, register_on, settings_on_cloud
from infra.other_stack import other_stack
from infra.program import register
from infra.releases import DistantRelease
from infra.settings import CloudSettings, ClusterSettings
from infra.settings_problems import problems, settings_class
from serving.errors import ConfigurationError
from tests.infra.test_program import raw
from tests.support.aws_examples import MIRRORING_REGISTRY, PROD, SERVING, SHARED_CLUSTER, make_platform
from tests.support.cluster_examples import SITE
from tests.support.recording import Graph, reaches, record

DIGEST = "a" * 64
IMAGES = SERVING["platform"]["serving"]["images"]
RELEASE = {"uri": f"s3://releases/models/models/digits/{DIGEST[:12]}", "sha256": DIGEST}
SERVED: dict[str, Any] = {
    **SERVING,
    "models": {
        "digits": {
            "slots": {"blue": {"release": RELEASE}},
            "live": "blue",
            "gate": {"min_quality": {"accuracy": 0.9}},
            "shift": {"hold_seconds": 60, "max_hold_seconds": 600},
        }
    },
}


def values(**changes: Any) -> dict[str, Any]:
    return merged(merged(raw("dev"), SERVED), changes)


@pytest.fixture(scope="module")
def graph() -> Graph:
    found = values()
    assert problems(found, "Pulumi.dev.yaml") == []
    return record(lambda: register(settings_class(found).model_validate(found), "dev"))


def test_one_stack_makes_the_cluster_and_what_stands_on_it(graph: Graph) -> None:
    assert graph.one("aws:eks/cluster:Cluster")
    assert {each.name for each in graph.of("kubernetes:helm.sh/v4:Chart")} == {
        "services-karpenter",
        "services-karpenter-crd",
        "services-balancing",
    }
    assert graph.of("NodePool", "TargetGroupBinding", "kubernetes:apps/v1:Deployment", "HTTPRoute")


def test_models_come_after_the_nodes_identities_and_classes_that_they_need(graph: Graph) -> None:
    slot = graph.one("kubernetes:apps/v1:Deployment")
    namespace = next(each for each in graph.of("kubernetes:core/v1:Namespace") if each.name == "platform-namespace")
    for name in ("services-reader-digits-blue-identity", "services-priority-live", "services-karpenter-gpu-pool"):
        assert reaches(graph, slot, graph.named(name))
        assert reaches(graph, namespace, graph.named(name))
    assert slot.inputs["spec"]["template"]["spec"]["priorityClassName"] == "models-live"


def test_a_pod_on_a_pool_is_given_the_time_that_its_nodes_need() -> None:
    pool = {"image_cache": {"kind": "none"}}
    on_pool = {"digits": {"resources": {"gpu": 1, "pool": "gpu"}}}
    found = values(platform={"node_pools": {"gpu": pool}}, models=on_pool)
    graph = record(lambda: register(settings_class(found).model_validate(found), "dev"))
    spec = graph.one("kubernetes:apps/v1:Deployment").inputs["spec"]
    budget = start_plan(NoCache(), "bottlerocket", ImageLoad()).startup_budget_seconds
    assert spec["progressDeadlineSeconds"] > budget > 300
    (server,) = spec["template"]["spec"]["containers"]
    command = server["startupProbe"]["exec"]["command"]
    patience = int(command[command.index("--patience-seconds") + 1])
    assert patience * server["startupProbe"]["failureThreshold"] >= budget


def test_both_ways_into_the_cluster_are_the_same_and_last_as_long_as_their_rights(graph: Graph) -> None:
    ways = [each for each in graph if each.type == "pulumi:providers:kubernetes"]
    assert {each.inputs["clusterIdentifier"] for each in ways} == {
        "arn:aws:eks:us-east-1:123456789012:cluster/slipway-dev-4f2a"
    }
    assert {str(each.inputs["enableSecretMutable"]).lower() for each in ways} == {"true"}
    (services,) = [each for each in ways if each.name == "eks"]
    assert all(reaches(graph, services, entry) for entry in graph.of("AccessEntry"))


def test_envoy_speaks_tls_to_the_balancer_with_a_certificate_of_its_own(graph: Graph) -> None:
    secrets = {each.inputs["metadata"]["name"]: each for each in graph.of("kubernetes:core/v1:Secret")}
    assert secrets["gateway-tls"].inputs["type"] == "kubernetes.io/tls"
    gateway = graph.one("kubernetes:gateway.networking.k8s.io/v1:Gateway").inputs["spec"]
    listener = next(each for each in gateway["listeners"] if each["protocol"] == "HTTPS")
    assert listener["port"] == 443
    assert listener["tls"]["certificateRefs"][0]["name"] == "gateway-tls"


def test_targets_are_bound_after_the_proxies_and_leave_before_them(graph: Graph) -> None:
    gateway = graph.one("kubernetes:gateway.networking.k8s.io/v1:Gateway")
    assert gateway
    namespace = next(
        each
        for each in graph.of("kubernetes:core/v1:Namespace")
        if each.inputs["metadata"]["name"] == "envoy-gateway-system"
    )
    assert namespace.inputs["metadata"]["labels"]["elbv2.k8s.aws/pod-readiness-gate-inject"] == "enabled"
    for binding in graph.of("TargetGroupBinding"):
        assert binding.inputs["spec"]["serviceRef"]["name"] == "models-gateway"


def test_models_without_what_serves_them_are_answered_all_at_once() -> None:
    bare = merged(raw("dev"), {"models": SERVED["models"]})
    told = problems(bare, "Pulumi.dev.yaml")
    assert any("gateway is missing; say who may call" in each for each in told)
    assert any("platform.serving is missing; say at least which images serve them" in each for each in told)
    assert any("registry.mirrors lacks nvidia/k8s-device-plugin" in each for each in told)


def test_what_the_stack_file_says_itself_is_kept() -> None:
    found = values(
        platform={
            "serving": {
                "tls": {"secret": "ours"},
                "priority_classes": {"live": "high", "idle": "low"},
            }
        }
    )
    graph = record(lambda: register(settings_class(found).model_validate(found), "dev"))
    assert graph.one("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]["spec"]["priorityClassName"] == "high"
    assert "gateway-tls" not in {each.inputs["metadata"]["name"] for each in graph.of("kubernetes:core/v1:Secret")}


def test_a_drained_cloud_drains_its_models_too() -> None:
    found = values(platform={"lifecycle": "drain"})
    settings = settings_class(found).model_validate(found)
    assert isinstance(settings, CloudSettings)
    assert settings_on_cloud(settings, "dev").platform.lifecycle == "drain"


def test_a_slot_that_goes_cold_is_told_with_what_a_rollback_takes() -> None:
    found = values(
        platform={"serving": {"autoscaler": {"kind": "keda", "prometheus_url": "http://prometheus:9090"}}},
        models={"digits": {"resources": {"idle_warm_hours": 24, "gpu": 1, "pool": "gpu"}}},
    )
    assert problems(found, "Pulumi.dev.yaml") == []
    settings = settings_class(found).model_validate(found)
    assert isinstance(settings, CloudSettings)
    (sentence,) = cold_rollbacks(settings_on_cloud(settings, "dev"), replace(SITE, pool_start_seconds={"gpu": 480}))
    assert sentence == (
        "digits: 24 h after its last request the idle slot has no pod; a rollback then starts one first, with its node "
        "where that is gone too: up to 8 min."
    )


class Reference:
    """Outputs of another stack, as an engine would read them."""

    outputs: dict[str, Any]

    def __init__(self, name: str) -> None:
        assert name.endswith("/prod-cloud")

    async def get_output_details(self, name: str) -> pulumi.StackReferenceOutputDetails:
        found = self.outputs.get(name)
        if name == "kubeconfig":
            return pulumi.StackReferenceOutputDetails(secret_value=found)
        return pulumi.StackReferenceOutputDetails(value=found)

    def require_output(self, name: str) -> pulumi.Output[Any]:
        return pulumi.Output.from_input(self.outputs[name])


def settings_on(stack: str) -> tuple[ClusterSettings, DistantRelease]:
    platform = {"kind": "kubernetes", "cluster": {"stack": stack}, "images": IMAGES}
    settings = ClusterSettings.model_validate(
        {"platform": platform, "gateway": SERVED["gateway"], "models": SERVED["models"]}
    )
    return settings, DistantRelease(model="digits", reference=settings.models["digits"].slots.blue.release)  # type: ignore[union-attr,arg-type]


def on_another_stack(outputs: dict[str, Any], **facts: Any) -> Graph:
    settings, release = settings_on("prod-cloud")

    async def program() -> None:
        found = await below_stack("prod-cloud", other_stack("prod-cloud"))
        below = replace(found, facts=replace(found.facts, **facts))
        register_on(below, settings, {"digits": {"blue": release}}, "prod")

    Reference.outputs = outputs
    return record(program)


@pytest.fixture(scope="module")
def outputs() -> dict[str, Any]:
    kept: list[AwsPlatform] = []
    cloud = record(
        lambda: kept.append(make_platform("cloud", PROD, registry=MIRRORING_REGISTRY, cluster=SHARED_CLUSTER))
    )
    urn = next(each.urn for each in cloud if each.type == "slipway:aws:AwsPlatform")
    summary: dict[str, Any] = cloud.outputs[urn]["summary"]
    return summary


def test_a_stack_of_its_own_knows_the_cluster_by_the_outputs_of_the_cloud(
    outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi, "StackReference", Reference)
    graph = on_another_stack(outputs)
    assert not graph.of("aws:eks/cluster:Cluster")
    node_class = graph.one("EC2NodeClass").inputs["spec"]
    subnets = [outputs["private_subnets"][zone] for zone in outputs[EXPORT]["zones"]]
    assert [each["id"] for each in node_class["subnetSelectorTerms"]] == subnets
    assert node_class["instanceProfile"] == outputs[EXPORT]["instance_profile"]
    arns = {each.inputs["spec"]["targetGroupARN"] for each in graph.of("TargetGroupBinding")}
    assert arns == set(outputs["target_group_arns"].values())
    reader = graph.named("services-reader-digits-blue")
    assert reader.inputs["tags"]["slipway:stack"] == "prod"
    (provider,) = [each for each in graph if each.type == "pulumi:providers:aws"]
    assert "123456789012" in str(provider.inputs["allowedAccountIds"])


def test_the_secret_of_the_cloud_s_firewall_comes_along(
    outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi, "StackReference", Reference)
    assert asyncio.run(below_stack("prod-cloud", other_stack("prod-cloud"))).facts.origin_secret is None
    plain = {**outputs[EXPORT], "guarded": True}
    Reference.outputs = {**outputs, EXPORT: plain, "origin_secret": "only-cloudfront-knows"}
    found: list[bool] = []

    async def program() -> None:
        secret = (await below_stack("prod-cloud", other_stack("prod-cloud"))).facts.origin_secret
        assert isinstance(secret, pulumi.Output)
        found.append(await secret.is_secret())

    record(program)
    assert found == [True]


def test_behind_a_firewall_the_gateway_asks_for_its_secret_which_no_state_shows(
    outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi, "StackReference", Reference)
    secret = pulumi.Output.secret("only-it-knows")
    guarded = on_another_stack(outputs, origin_secret=secret)
    asking = [each for each in guarded.of("SecurityPolicy") if "only-it-knows" in str(each.inputs)]
    assert {each.inputs["metadata"]["name"] for each in asking} == {"digits", "refusals"}
    assert all("spec" in each.secret_inputs for each in asking)
    assert "x-slipway-origin" not in str(
        [each.inputs["spec"] for each in on_another_stack(outputs).of("SecurityPolicy")]
    )


@pytest.mark.parametrize("kubeconfig", ["apiVersion: v1\nkind: Config\n", {"apiVersion": "v1", "kind": "Config"}])
def test_a_stack_that_exports_a_kubeconfig_and_nothing_of_eks_has_a_cluster_like_any(
    kubeconfig: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi, "StackReference", Reference)
    monkeypatch.setattr(pulumi, "export", lambda *_: None)
    Reference.outputs = {"kubeconfig": kubeconfig}
    settings, release = settings_on("other-team/clusters/prod-cloud")
    releases = {"digits": {"blue": release}}
    graph = record(lambda: register_on_stack("other-team/clusters/prod-cloud", settings, releases, "prod"))
    assert graph.one("kubernetes:apps/v1:Deployment")
    assert not [each for each in graph if each.type.startswith(("aws:", "slipway:aws:"))]
    provider = graph.one("pulumi:providers:kubernetes")
    assert "kubeconfig" in provider.secret_inputs
    assert "kind" in provider.inputs["kubeconfig"]


def test_a_stack_that_exports_nothing_of_a_cluster_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "StackReference", Reference)
    Reference.outputs = {}
    settings, release = settings_on("prod-cloud")
    with pytest.raises(pulumi.RunError, match="exports no kubeconfig; bring prod-cloud up first, let it export one"):
        record(lambda: register_on_stack("prod-cloud", settings, {"digits": {"blue": release}}, "prod"))


def test_a_stack_of_its_own_is_refused_where_nodes_start_without_its_image(
    outputs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulumi, "StackReference", Reference)
    without = {"gpu": {"snapshot": {"id": "snap-1", "digests": ["sha256:b"]}}}
    with pytest.raises(ConfigurationError, match=f"snap-1, which holds the images sha256:b and not sha256:{DIGEST}"):
        on_another_stack(merged(outputs, {EXPORT: {"plans": without}}))


def test_a_stack_that_is_no_cloud_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi, "StackReference", Reference)
    Reference.outputs = {}
    with pytest.raises(ConfigurationError, match="whose outputs do not say what its cluster is"):
        asyncio.run(below_stack("prod-cloud", other_stack("prod-cloud")))
