"""Good sites, specs and programs of the AWS part; a test takes one and spoils one thing."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pulumi

from components.aws.accelerators import Accelerators, AcceleratorsArgs
from components.aws.alert_channel import AlertChannel, AlertChannelArgs
from components.aws.alert_spec import AlertSpec, Email, PagerDuty, Slack
from components.aws.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.aws.artifact_store_spec import ArtifactStoreSpec, Lock
from components.aws.aws_platform import AwsPlatform
from components.aws.aws_platform_spec import AwsPlatformArgs
from components.aws.aws_site import Site, Tags
from components.aws.budget import Budget, BudgetArgs
from components.aws.budget_spec import BudgetSpec
from components.aws.ci_trust import DeployIdentitySpec, GitHub
from components.aws.cloud_alarms import CloudAlarms, CloudAlarmsArgs
from components.aws.cluster import Cluster, ClusterArgs
from components.aws.cluster_spec import ClusterSpec, Editor, PublicApi, SystemNodesSpec
from components.aws.edge import Edge, EdgeArgs
from components.aws.edge_spec import CloudFrontWaf, EdgeSpec, GrpcInternal, Jwt, Route
from components.aws.eks_services import EksServices, EksServicesArgs
from components.aws.endpoint_plan import Core
from components.aws.foundation import Foundation
from components.aws.foundation_spec import FoundationArgs
from components.aws.gpu_pool_spec import GpuPool, KarpenterPool, ManagedPool
from components.aws.image import Build, Image, ImageArgs
from components.aws.managed_metrics import ManagedMetrics, ManagedMetricsArgs
from components.aws.managed_metrics_spec import ManagedMetricsSpec
from components.aws.model_reader import ModelReader, ModelReaderArgs
from components.aws.network import Network, NetworkArgs
from components.aws.network_spec import FlowLogsToS3, NatIn, NatPerZone, NetworkSpec
from components.aws.node_pool_plan import pool_plan
from components.aws.node_pools import NodePools, NodePoolsArgs
from components.aws.registry import Registry, RegistryArgs
from components.aws.registry_spec import RegistrySpec
from components.aws.upstream_images import DCGM_EXPORTER, DEVICE_PLUGIN
from tests.support.recording import ACCOUNT, REGION

TAGS = Tags(stack="test", environment="dev", owner="ml-platform", cost_centre="4711")
DEV = Site(account_id=ACCOUNT, region=REGION, tags=TAGS, disposable=True)
PROD_TAGS = Tags(stack="prod-cloud", environment="prod", owner="ml-platform", cost_centre="4711")
PROD = Site(account_id=ACCOUNT, region=REGION, tags=PROD_TAGS, protect=True)
ZONES = ("use1-az1", "use1-az2", "use1-az4")
DEPLOY_ROLE = f"arn:aws:iam::{ACCOUNT}:role/slipway/foundation/slipway-foundation-apply-dev"
ON_CALL = f"arn:aws:iam::{ACCOUNT}:role/on-call"

PINNED = {
    "aws-ebs-csi-driver": "v1.66.0-eksbuild.1", "coredns": "v1.13.2-eksbuild.21",
    "eks-node-monitoring-agent": "v1.6.4-eksbuild.1", "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
    "kube-proxy": "v1.35.3-eksbuild.21", "metrics-server": "v0.8.1-eksbuild.10", "vpc-cni": "v1.22.4-eksbuild.3",
}  # fmt: skip
NETWORK = NetworkSpec(
    zones=ZONES, nat=NatPerZone(), endpoints=Core(), flow_logs=FlowLogsToS3(days=90, traffic="ALL")
)  # fmt: skip
SMALL_NETWORK = NetworkSpec(zones=ZONES[:2], nat=NatIn(zone="use1-az1"))
CLUSTER = ClusterSpec(
    name_suffix="4f2a",
    admins=(DEPLOY_ROLE,),
    viewers=(ON_CALL,),
    editors=(Editor(role_arn=f"arn:aws:iam::{ACCOUNT}:role/digits-ci", namespaces=("digits",)),),
    system_nodes=SystemNodesSpec(instance_type="m7i.xlarge", release_version="1.35.3-20260415", dedicated=True),
    addons=PINNED,
    deletion_protection=True,
)
SHARED_CLUSTER = replace(CLUSTER, system_nodes=replace(CLUSTER.system_nodes, dedicated=False))
DEV_CLUSTER = ClusterSpec(
    name_suffix="4f2a",
    admins=(DEPLOY_ROLE,),
    system_nodes=SystemNodesSpec(instance_type="t3.large"),
    api=PublicApi(allowed_cidrs=("203.0.113.0/24",)),
)
KARPENTER_POOL = KarpenterPool(
    instance_types=("g6.xlarge", "g6.2xlarge", "g5.xlarge"), gpu_limit=4, disk_gib=200, os="bottlerocket",
    ami_release="v1.64.0", drain_minutes=30,
)  # fmt: skip
AL2023_POOL = KarpenterPool(instance_types=("g6.xlarge",), gpu_limit=1, disk_gib=150, ami_release="v20260415")
MANAGED_POOL = ManagedPool(instance_types=("g6.xlarge",), disk_gib=200, ami_release="1.35.3-20260415", maximum=2)
REGISTRY = RegistrySpec(repositories=("slipway/triton", "slipway/rollout"))
MIRRORING_REGISTRY = RegistrySpec(
    repositories=(*REGISTRY.repositories, DEVICE_PLUGIN.path, DCGM_EXPORTER.path),
    mirrors=(DEVICE_PLUGIN.source, DCGM_EXPORTER.source),
)
IMAGES = {image.path: f"registry.example.com/{image.path}@{image.digest}" for image in (DEVICE_PLUGIN, DCGM_EXPORTER)}
# What a cloud's stack file gains when models stand on its cluster, the models themselves aside.
SERVING: dict[str, Any] = {
    "platform": {
        "serving": {
            "images": {name: f"registry.example.com/{name}@sha256:{'a' * 64}" for name in ("triton", "rollout")},
            "controllers": "install",
        },
        "registry": {
            "repositories": list(MIRRORING_REGISTRY.repositories),
            "mirrors": list(MIRRORING_REGISTRY.mirrors),
        },
    },
    "gateway": {"clients": {"demo": {"models": ["digits"]}}},
}
STORE = ArtifactStoreSpec(lock=Lock(days=30), noncurrent_days=90, from_network_only=True)
EDGE = EdgeSpec(
    domain="models.example.com",
    zone_id="Z0123456789",
    jwt=Jwt(issuer="https://login.example.com/", audiences=("models",)),
    grpc=GrpcInternal(),
)
OPEN_EDGE = EdgeSpec(domain="dev.example.com", zone_id="Z1", routes=(Route(key="ANY /v2/{proxy+}", auth="gateway"),))
ALERTS = AlertSpec(
    receivers=(
        PagerDuty(url="https://events.pagerduty.example.com/x"),
        Slack(team_id="T1", channel_id="C1"),
        Email(address="ml@example.com"),
    ),
    runbook_base_url="https://runbooks.example.com/",
)
BUDGET = BudgetSpec(monthly_usd=2600, anomaly_usd=100)
IDENTITY = DeployIdentitySpec(
    provider=GitHub(org="example", repo="serving", owner_id="1000001", repository_id="2000002"),
    environments=("dev", "prod"),
)


def make_network(name: str, site: Site, spec: NetworkSpec = NETWORK) -> Network:
    return Network(name, NetworkArgs(site=site, spec=spec))


def make_cluster(name: str, site: Site, network: Network, spec: ClusterSpec = CLUSTER) -> Cluster:
    return Cluster(name, ClusterArgs(site=site, network=network, spec=spec, cache_prefixes=("test-k8s",)))


def small_cluster(name: str, site: Site) -> tuple[Network, Cluster]:
    network = make_network(f"{name}-net", site, SMALL_NETWORK)
    return network, make_cluster(f"{name}-base", site, network)


def make_pools(name: str, site: Site) -> NodePools:
    network, cluster = small_cluster(name, site)
    pools: dict[str, GpuPool] = {"gpu": KARPENTER_POOL, "fixed": MANAGED_POOL}
    return NodePools(name, NodePoolsArgs(site=site, cluster=cluster, network=network, pools=pools))


def make_registry(name: str, site: Site, spec: RegistrySpec = REGISTRY) -> Registry:
    return Registry(name, RegistryArgs(site=site, spec=spec, pushers=(DEPLOY_ROLE,)))


def make_image(name: str, site: Site) -> Image:
    registry = make_registry(f"{name}-registry", site)
    source = Build(context=Path(__file__).parent / "build_context")
    return Image(
        name,
        ImageArgs(
            source=source,
            repository=registry.repositories["slipway/triton"],
            after=tuple(registry.policies["slipway/triton"]),
        ),
    )


def make_store(name: str, site: Site, spec: ArtifactStoreSpec = STORE) -> ArtifactStore:
    args = ArtifactStoreArgs(
        site=site, spec=spec, deploy_roles=(DEPLOY_ROLE,), s3_endpoint_id="vpce-1", log_bucket="logs"
    )
    return ArtifactStore(name, args)


def make_reader(name: str, site: Site) -> ModelReader:
    store = make_store(f"{name}-store", site)
    args = ModelReaderArgs(
        site=site,
        bucket=store.physical_name,
        key_arn=store.key_arn,
        cluster_name="slipway-test-4f2a",
        namespace="digits",
        service_account="digits",
        model="digits",
    )
    return ModelReader(name, args)


def make_edge(name: str, site: Site, spec: EdgeSpec = EDGE) -> Edge:
    network, cluster = small_cluster(name, site)
    return Edge(name, EdgeArgs(site=site, network=network, cluster=cluster, spec=spec, log_bucket="logs"))


def make_guarded_edge(name: str, site: Site) -> Edge:
    spec = EdgeSpec(
        domain=EDGE.domain, zone_id=EDGE.zone_id, jwt=EDGE.jwt, waf=CloudFrontWaf(origin_secret="only-cloudfront-knows")
    )
    return make_edge(name, site, spec)


def make_channel(name: str, site: Site) -> AlertChannel:
    return AlertChannel(name, AlertChannelArgs(site=site, spec=ALERTS))


def make_alarms(name: str, site: Site) -> CloudAlarms:
    subjects: dict[str, dict[str, dict[str, pulumi.Input[str]]]] = {
        "cluster": {"": {"ClusterName": "c"}},
        "api": {"": {"ApiId": "a"}},
        "balancer": {"": {"LoadBalancer": "net/x", "TargetGroup": "t"}},
        "nat": {"use1-az1": {"NatGatewayId": "n1"}, "use1-az2": {"NatGatewayId": "n2"}},
        "queue": {"": {"QueueName": "q"}},
        "probe": {"": {"HealthCheckId": "h"}},
    }
    channel = make_channel(f"{name}-channel", site)
    return CloudAlarms(name, CloudAlarmsArgs(site=site, spec=ALERTS, channel=channel, subjects=subjects))


def make_budget(name: str, site: Site, spec: BudgetSpec = BUDGET) -> Budget:
    args = BudgetArgs(
        site=site,
        spec=spec,
        gpu_types=("g6.xlarge",),
        topic_arn="arn:topic",
        ceiling_usd_per_month=2937.52,
        estimate_usd_per_month=2355.74,
    )
    return Budget(name, args)


def make_metrics(name: str, site: Site) -> ManagedMetrics:
    _, cluster = small_cluster(name, site)
    spec = ManagedMetricsSpec(max_series={"namespace": {"digits": 10_000}})
    return ManagedMetrics(name, ManagedMetricsArgs(site=site, cluster=cluster, spec=spec))


def make_accelerators(name: str, _site: Site, pools: dict[str, GpuPool] | None = None) -> Accelerators:
    plans = {key: pool_plan(key, pool) for key, pool in (pools or {"a": AL2023_POOL, "b": KARPENTER_POOL}).items()}
    return Accelerators(name, AcceleratorsArgs(plans=plans, images=IMAGES))


def make_eks_services(name: str, site: Site, models: tuple[str, ...] = ("digits",), **more: Any) -> EksServices:
    plain = {"registry": MIRRORING_REGISTRY, "cluster": SHARED_CLUSTER}
    cloud = make_platform(f"{name}-base", site, **{**plain, **more})
    args = EksServicesArgs(
        facts=cloud.facts(),
        stack=site.tags.stack,
        models=models,
        namespace="models",
        gateway_namespace="envoy-gateway-system",
        gateway_service="models-gateway",
        after=cloud.outlives_the_cluster,
    )
    services = EksServices(name, args)
    services.bind(f"{name}-targets")
    return services


def make_foundation(name: str, site: Site, identity: DeployIdentitySpec = IDENTITY) -> Foundation:
    return Foundation(name, FoundationArgs(site=site, identity=identity, cost_allocation_tag=True))


def make_platform(name: str, site: Site, **more: Any) -> AwsPlatform:
    plain: dict[str, Any] = {
        "network": NETWORK,
        "cluster": CLUSTER,
        "node_pools": {"gpu": KARPENTER_POOL},
        "registry": REGISTRY,
        "artifact_store": STORE,
        "budget": BUDGET,
        "edge": EDGE,
        "alerts": ALERTS,
        "deploy_roles": (DEPLOY_ROLE,),
    }
    return AwsPlatform(name, AwsPlatformArgs(site=site, **{**plain, **more}))


COMPONENTS: dict[str, Callable[[str, Site], pulumi.ComponentResource]] = {
    "network": make_network,
    "cluster": lambda name, site: small_cluster(name, site)[1],
    "pools": make_pools,
    "registry": make_registry,
    "image": make_image,
    "store": make_store,
    "reader": make_reader,
    "edge": make_edge,
    "guarded_edge": make_guarded_edge,
    "channel": make_channel,
    "alarms": make_alarms,
    "budget": make_budget,
    "metrics": make_metrics,
    "foundation": make_foundation,
    "platform": make_platform,
    "services": make_eks_services,
}
"""Every component of the AWS part, as a program that makes one instance."""
