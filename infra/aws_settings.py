"""The shapes of `platform` for AWS: the cloud, a cluster that exists, and an account's foundation.

The sections are the plain specs of `components/aws`; pydantic checks their shape, and their own rules check the rest.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import StringConstraints, model_validator

from components.aws.accelerator_plan import needed_images
from components.aws.alert_spec import AlertSpec, alert_problems
from components.aws.artifact_store_spec import ArtifactStoreSpec, artifact_store_problems
from components.aws.aws_platform_spec import AwsPlatformArgs
from components.aws.aws_site import Site, Tags
from components.aws.bottlerocket_version import bottlerocket_problems
from components.aws.budget_spec import BudgetSpec, budget_problems
from components.aws.ci_trust import DeployIdentitySpec, identity_problems
from components.aws.cluster_spec import ClusterSpec, PrivateApi, cluster_problems, service_range_problems
from components.aws.cost_model import DEV_USAGE, PROD_USAGE, Usage
from components.aws.edge_spec import EdgeSpec, edge_problems
from components.aws.foundation_spec import FoundationArgs
from components.aws.gpu_pool_spec import KarpenterPool, ManagedPool, pool_problems
from components.aws.karpenter_version import karpenter_problems
from components.aws.managed_metrics_spec import ManagedMetricsSpec, metrics_problems
from components.aws.network_spec import NetworkSpec, network_problems
from components.aws.node_pool_plan import ceiling_problems, pool_plan, snapshot_problems
from components.aws.registry_spec import RegistrySpec, mirror_parts, registry_problems
from components.aws.upstream_images import image_problems
from infra.aws_presets import with_preset
from infra.frozen import Frozen
from infra.kubernetes_settings import Serving

ACCOUNT_PATTERN = r"^[0-9]{12}$"
REGION_PATTERN = r"^[a-z]{2}(-[a-z]+)+-[0-9]$"
POOL_PATTERN = r"^[a-z][a-z0-9-]{0,29}$"
ROLE_PATTERN = r"^arn:[a-z-]+:iam::[0-9]{12}:role/.+$"
ENVIRONMENT_PATTERN = r"^[a-z][a-z0-9]{0,15}$"
AccountId = Annotated[str, StringConstraints(pattern=ACCOUNT_PATTERN)]
RegionName = Annotated[str, StringConstraints(pattern=REGION_PATTERN)]
PoolName = Annotated[str, StringConstraints(pattern=POOL_PATTERN)]
RoleArn = Annotated[str, StringConstraints(pattern=ROLE_PATTERN)]


class Place(Frozen):
    """Where in AWS, and whose."""

    account_id: AccountId
    """The twelve digits of the account; any other account is refused."""
    region: RegionName = "us-east-1"
    """The region, such as `us-east-1`."""
    owner: str
    """The team that answers for it; a tag on every resource."""
    cost_centre: str
    """Who pays; a tag on every resource."""


class AwsPlatform(Place):
    """The cloud of one stack: network, cluster, GPU pools, registry, store, edge, alarms, budget."""

    kind: Literal["aws"]
    """Which platform."""
    profile: Literal["dev", "prod"]
    """The preset that everything below starts from."""
    environment: Annotated[str, StringConstraints(pattern=ENVIRONMENT_PATTERN)] = ""
    """Name of the environment in tags and role paths; the profile's name by default."""
    lifecycle: Literal["run", "drain"] = "run"
    """`drain` prepares a destroy: no deletion protection, no control-plane logs."""
    deploy_role_arn: RoleArn | None = None
    """The role that deploys; by default the one that the foundation made for this environment."""
    network: NetworkSpec
    """Addresses, zones, ways out."""
    cluster: ClusterSpec
    """The EKS cluster."""
    node_pools: dict[PoolName, KarpenterPool | ManagedPool]
    """GPU nodes, by pool name; `kind` is karpenter or managed."""
    registry: RegistrySpec
    """Container images."""
    artifact_store: ArtifactStoreSpec
    """Model releases."""
    edge: EdgeSpec | Literal["none"]
    """The public entry; `none` leaves the models inside the network."""
    alerts: AlertSpec | Literal["none"]
    """Who is told; `none` tells nobody."""
    budget: BudgetSpec
    """What a month may cost."""
    serving: Serving | None = None
    """How models are served on the cluster that this stack makes; needed where there are models."""
    metrics: ManagedMetricsSpec | None = None
    """Managed Prometheus beside the cluster's own; off by default."""

    @model_validator(mode="before")
    @classmethod
    def _on_top_of_the_preset(cls, raw: Any) -> Any:  # noqa: ANN401 - any YAML value
        if not isinstance(raw, Mapping):
            return raw
        filled = with_preset(raw)
        filled.setdefault("environment", filled.get("profile", ""))
        cluster = filled.get("cluster")
        if isinstance(cluster, Mapping) and "admins" not in cluster and "account_id" in filled:
            filled["cluster"] = {**cluster, "admins": [deploy_role(filled)]}
        return filled

    @property
    def production(self) -> bool:
        """Whether the rules of production hold."""
        return self.profile == "prod"

    @property
    def usage(self) -> Usage:
        """What the estimate assumes about a month."""
        return PROD_USAGE if self.production else DEV_USAGE

    def site(self, stack: str) -> Site:
        """Return where a stack of this platform stands."""
        tags = Tags(stack=stack, environment=self.environment, owner=self.owner, cost_centre=self.cost_centre)
        return Site(
            account_id=self.account_id,
            region=self.region,
            tags=tags,
            protect=self.production,
            disposable=not self.production,
            draining=self.lifecycle == "drain",
        )

    def args(self, stack: str) -> AwsPlatformArgs:
        """Return the platform as its component takes it."""
        return AwsPlatformArgs(
            site=self.site(stack),
            network=self.network,
            cluster=self.cluster,
            node_pools=self.node_pools,
            registry=self.registry,
            artifact_store=self.artifact_store,
            budget=self.budget,
            edge=None if self.edge == "none" else self.edge,
            alerts=None if self.alerts == "none" else self.alerts,
            metrics=self.metrics,
            deploy_roles=(deploy_role(self.model_dump(include={"account_id", "environment", "deploy_role_arn"})),),
            usage=self.usage,
        )


class FoundationPlatform(Place):
    """What an account needs once: state, CI identity, boundary, registry scanning."""

    kind: Literal["foundation"]
    """Which platform."""
    deploy_identity: DeployIdentitySpec
    """Which CI jobs may deploy."""
    scan: Literal["basic", "enhanced"] = "enhanced"
    """How the registry is scanned; `enhanced` is paid per image."""
    cost_allocation_tag: bool = False
    """Activate the stack's tag for cost reports: in the payer account, a day after the first resources."""

    def args(self, stack: str) -> FoundationArgs:
        """Return the foundation as its component takes it."""
        tags = Tags(stack=stack, environment="foundation", owner=self.owner, cost_centre=self.cost_centre)
        site = Site(account_id=self.account_id, region=self.region, tags=tags, protect=True)
        return FoundationArgs(
            site=site, identity=self.deploy_identity, scan=self.scan, cost_allocation_tag=self.cost_allocation_tag
        )


CloudPlatform = AwsPlatform | FoundationPlatform


def deploy_role(raw: Mapping[str, Any]) -> str:
    """Return the ARN of the role that deploys: the one that is named, or the foundation's for this environment."""
    foundation = Site(
        account_id=str(raw["account_id"]),
        region=str(raw.get("region", "us-east-1")),
        tags=Tags(stack="foundation", environment="foundation", owner="", cost_centre=""),
    )
    return raw.get("deploy_role_arn") or foundation.role_arn(f"apply-{raw['environment']}")


def rule_problems(platform: CloudPlatform, *, has_models: bool = False) -> Iterator[str]:
    """Yield every sentence about what is wrong with a platform whose shape is right."""
    if isinstance(platform, FoundationPlatform):
        yield from identity_problems(platform.deploy_identity)
    if not isinstance(platform, AwsPlatform):
        return
    production, budget = platform.production, platform.budget
    yield from network_problems(platform.network, platform.region)
    yield from cluster_problems(platform.cluster, production=production)
    yield from service_range_problems(platform.cluster.service_cidr, platform.network.cidr)
    yield from pool_problems(platform.node_pools, zones=platform.network.zones, production=production)
    yield from karpenter_problems(platform.node_pools, platform.cluster.kubernetes_version)
    yield from bottlerocket_problems(platform.node_pools, platform.cluster)
    yield from registry_problems(platform.registry)
    yield from artifact_store_problems(platform.artifact_store)
    if isinstance(platform.edge, EdgeSpec):
        yield from edge_problems(platform.edge, production=production)
    if isinstance(platform.alerts, AlertSpec):
        yield from alert_problems(platform.alerts)
    if platform.metrics is not None:
        yield from metrics_problems(platform.metrics)
    yield from budget_problems(budget)
    pools, zones = platform.node_pools, platform.network.zones
    yield from ceiling_problems(pools, zones, budget.monthly_usd, accept_ceiling=budget.accept_ceiling)
    if has_models and not isinstance(platform.cluster.api, PrivateApi):
        yield from _serving_problems(platform)
    elif has_models:
        yield (
            "models is not empty, but cluster.api is private: this machine could not reach the cluster that it makes. "
            "Put the models into a stack of their own with platform.kind: kubernetes and cluster: {stack: …}, run from "
            "inside the network."
        )


def _serving_problems(platform: AwsPlatform) -> Iterator[str]:
    """Yield what models on the stack's own cluster lack."""
    if platform.serving is None:
        yield (
            "models is not empty, but platform.serving is missing; say at least which images serve them: "
            "serving: {images: {triton: …@sha256:…, rollout: …@sha256:…}}."
        )
    plans = {name: pool_plan(name, pool) for name, pool in platform.node_pools.items()}
    if platform.serving is not None:
        yield from snapshot_problems(plans, platform.serving.images.triton)
    mirrors = dict(map(mirror_parts, platform.registry.mirrors))
    yield from image_problems(needed_images(plans), mirrors, platform.registry.upstreams)
