"""The cloud of one stack, put together: network, cluster, pools, registry, store, edge, alarms, budget."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws.alert_channel import AlertChannel, AlertChannelArgs
from components.aws.alert_spec import AlertSpec
from components.aws.artifact_store import ArtifactStore, ArtifactStoreArgs
from components.aws.aws_platform_spec import AwsPlatformArgs
from components.aws.aws_site import GLOBAL_REGION
from components.aws.budget import Budget, BudgetArgs
from components.aws.cloud_alarms import CloudAlarms, CloudAlarmsArgs, Dimensions
from components.aws.cluster import Cluster, ClusterArgs
from components.aws.cluster_spec import version_problems
from components.aws.edge import Edge, EdgeArgs
from components.aws.edge_spec import CloudFrontWaf, EdgeSpec
from components.aws.eks_facts import EXPORT, ClusterFacts, PlainFacts
from components.aws.endpoint_plan import Isolated
from components.aws.karpenter import interruption_queue_name
from components.aws.log_bucket import LogBucket, LogBucketArgs
from components.aws.managed_metrics import ManagedMetrics, ManagedMetricsArgs
from components.aws.managed_metrics_spec import ManagedMetricsSpec
from components.aws.network import Network, NetworkArgs
from components.aws.node_pool_plan import ceiling_usd_per_month
from components.aws.node_pools import NodePools, NodePoolsArgs
from components.aws.registry import Registry, RegistryArgs
from components.aws.rules import require
from components.aws.supported_versions import offered_versions, today
from components.aws.upstream_images import CACHED_UPSTREAM

LOG_BUCKET_DAYS = 90


class AwsPlatform(pulumi.ComponentResource):
    """Everything in AWS that a serving stack stands on.

    Produces:
        Provider, LogBucket, Network, Registry, Cluster, NodePools, ArtifactStore, Edge, AlertChannel, CloudAlarms,
        Budget, ManagedMetrics.
    """

    summary: pulumi.Output[Mapping[str, Any]]

    def __init__(self, name: str, args: AwsPlatformArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make the cloud from the network upwards."""
        super().__init__("slipway:aws:AwsPlatform", name, None, opts)
        self._name, self._args, self._site = name, args, args.site
        self.provider = self._make_provider()
        require(version_problems(args.cluster.kubernetes_version, offered_versions(self.provider), today()))
        self.logs = LogBucket(f"{name}-logs", LogBucketArgs(site=self._site, days=LOG_BUCKET_DAYS), self._child())
        self.network = Network(f"{name}-network", NetworkArgs(site=self._site, spec=args.network), self._child())
        registry = RegistryArgs(site=self._site, spec=args.registry, pushers=args.deploy_roles)
        self.registry = Registry(f"{name}-registry", registry, self._child())
        self.cluster = self._cluster()
        self.pools = self._pools()
        self.store = self._store()
        self.edge = self._edge(args.edge) if args.edge else None
        self.channel = self._channel(args.alerts, "alerts") if args.alerts else None
        self.alarms = self._alarms(args.alerts, self.channel) if args.alerts and self.channel else None
        self._budget(self.channel)
        self.metrics = self._metrics(args.metrics) if args.metrics else None
        self.summary = pulumi.Output.from_input(self.exports())
        self.register_outputs({"summary": self.summary})

    def exports(self) -> dict[str, pulumi.Input[Any]]:
        """Return what the stack exports: what people read, and what the stack on the cluster needs."""
        cluster, pools, facts = self.cluster, self.pools, self.facts()
        return {
            "cluster_name": cluster.name,
            "cluster_arn": cluster.arn,
            "kubeconfig": cluster.kubeconfig,
            "client_security_group_id": cluster.client_security_group_id,
            "node_pools": pools.plans,
            "gpu_ceiling_usd_per_month": pools.gpu_ceiling_usd_per_month,
            "estimate_usd_per_month": self._args.estimate_usd_per_month,
            "nat_public_ips": self.network.nat_public_ips,
            "repository_urls": self.registry.repository_urls,
            "image_refs": self.registry.image_refs,
            "artifact_bucket": self.store.bucket_name,
            EXPORT: facts.plain.exported(),
            "vpc_id": facts.vpc_id,
            "private_subnets": self.network.private_subnets,
            "node_security_group_id": facts.security_group_id,
            "artifact_key_arn": facts.key_arn,
            "target_group_arns": dict(facts.target_group_arns),
            **self._entry(),
            **self._watch(),
        }

    def _entry(self) -> dict[str, pulumi.Input[Any]]:
        if self.edge is None:
            return {}
        secret = {"origin_secret": self.edge.origin_secret} if self._guarded else {}
        return {"url": self.edge.url, "grpc_endpoint": self.edge.grpc_endpoint, **secret}

    def _watch(self) -> dict[str, pulumi.Input[Any]]:
        topics = {"topic_arns": self.channel.topic_arns} if self.channel else {}
        alarms = {"alarm_names": self.alarms.alarm_names} if self.alarms else {}
        written = {"workspace_remote_write_url": self.metrics.workspace_remote_write_url} if self.metrics else {}
        return {**topics, **alarms, **written}

    @property
    def _guarded(self) -> bool:
        return self._args.edge is not None and isinstance(self._args.edge.waf, CloudFrontWaf)

    def facts(self) -> ClusterFacts:
        """Return what must be known by whatever stands on the cluster."""
        return ClusterFacts(
            plain=self._plain_facts(),
            vpc_id=self.network.vpc_id,
            subnet_ids=list(self.network.private_subnets.values()),
            security_group_id=self.cluster.security_group_id,
            key_arn=self.store.key_arn,
            target_group_arns=self.edge.target_group_arns if self.edge else {},
            origin_secret=self.edge.origin_secret if self.edge and self._guarded else None,
        )

    @property
    def outlives_the_cluster(self) -> list[pulumi.Resource]:
        """What must be there before anything on the cluster and go after it: ways out, nodes, controllers' roles."""
        registrar = [self.edge.registrar] if self.edge else []
        return [self.network, self.cluster, self.pools, *registrar]

    def _plain_facts(self) -> PlainFacts:
        site, spec, plans = self._site, self._args, self.pools.plain_plans
        bought = any(plan["kind"] == "karpenter" for plan in plans.values())
        return PlainFacts(
            account_id=site.account_id,
            region=site.region,
            environment=site.tags.environment,
            owner=site.tags.owner,
            cost_centre=site.tags.cost_centre,
            protect=site.protect,
            cluster_name=self.cluster.cluster_name,
            zones=list(self.network.private_subnets),
            plans=plans,
            dedicated=spec.cluster.system_nodes.dedicated,
            isolated=isinstance(spec.network.endpoints, Isolated),
            zonal_shift=spec.cluster.zonal_shift,
            registry=self.registry.host,
            cache_prefix=self.registry.prefix_of(CACHED_UPSTREAM),
            images=self.registry.plain_refs(),
            instance_profile=self.pools.plain_instance_profile,
            interruption_queue=interruption_queue_name(self.cluster.cluster_name) if bought else None,
            bucket=self.store.physical_name,
            doors=list(self.edge.target_group_arns) if self.edge else [],
            guarded=self._guarded,
            tags=site.tags.common(),
        )

    def _child(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, provider=self.provider)

    def _make_provider(self) -> aws.Provider:
        return aws.Provider(
            f"{self._name}-provider",
            region=self._site.region,
            allowed_account_ids=[self._site.account_id],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _cluster(self) -> Cluster:
        args = ClusterArgs(
            site=self._site,
            network=self.network,
            spec=self._args.cluster,
            cache_prefixes=self.registry.cache_prefixes,
        )
        return Cluster(f"{self._name}-cluster", args, self._child())

    def _pools(self) -> NodePools:
        args = NodePoolsArgs(
            site=self._site,
            cluster=self.cluster,
            network=self.network,
            pools=self._args.node_pools,
            cache_prefixes=self.registry.cache_prefixes,
        )
        return NodePools(f"{self._name}-pools", args, self._child())

    def _store(self) -> ArtifactStore:
        args = ArtifactStoreArgs(
            site=self._site,
            spec=self._args.artifact_store,
            deploy_roles=self._args.deploy_roles,
            s3_endpoint_id=self.network.s3_endpoint_id,
            log_bucket=self.logs.bucket_name if self._site.protect else None,
            log_ready=(self.logs,),
        )
        return ArtifactStore(f"{self._name}-artifacts", args, self._child())

    def _edge(self, spec: EdgeSpec) -> Edge:
        args = EdgeArgs(
            site=self._site,
            network=self.network,
            cluster=self.cluster,
            spec=spec,
            log_bucket=self.logs.bucket_name,
            log_ready=(self.logs,),
        )
        return Edge(f"{self._name}-edge", args, self._child())

    def _channel(self, spec: AlertSpec, role: str, region: str | None = None) -> AlertChannel:
        args = AlertChannelArgs(site=self._site, spec=spec, region=region)
        return AlertChannel(f"{self._name}-{role}", args, self._child())

    def _alarms(self, spec: AlertSpec, channel: AlertChannel) -> CloudAlarms:
        edge = self._args.edge
        probed = edge is not None and edge.domain is not None and edge.mtls is None
        elsewhere = probed and self._site.region != GLOBAL_REGION
        args = CloudAlarmsArgs(
            site=self._site,
            spec=spec,
            channel=channel,
            subjects=self._subjects(probed=probed),
            global_channel=self._channel(spec, "global-alerts", GLOBAL_REGION) if elsewhere else None,
        )
        return CloudAlarms(f"{self._name}-alarms", args, self._child())

    def _metrics(self, spec: ManagedMetricsSpec) -> ManagedMetrics:
        args = ManagedMetricsArgs(site=self._site, cluster=self.cluster, spec=spec)
        return ManagedMetrics(f"{self._name}-metrics", args, self._child())

    def _subjects(self, *, probed: bool) -> dict[str, Mapping[str, Dimensions]]:
        subjects: dict[str, Mapping[str, Dimensions]] = {
            "cluster": {"": {"ClusterName": self.cluster.name}},
            "nat": {zone: {"NatGatewayId": gateway} for zone, gateway in self.network.nat_gateway_ids.items()},
        }
        if self.pools.interruption_queue_name is not None:
            subjects["queue"] = {"": {"QueueName": self.pools.interruption_queue_name}}
        if self.edge:
            balancer = {
                "LoadBalancer": self.edge.balancer_arn_suffix,
                "TargetGroup": self.edge.target_group_arn_suffix,
            }
            subjects |= {"api": {"": {"ApiId": self.edge.api_id}}, "balancer": {"": balancer}}
            if probed:
                probe = self.edge.health_check_id.apply(lambda known: known or "")
                subjects["probe"] = {"": {"HealthCheckId": probe}}
        return subjects

    def _budget(self, channel: AlertChannel | None) -> Budget:
        pools = self._args.node_pools
        args = BudgetArgs(
            site=self._site,
            spec=self._args.budget,
            gpu_types=tuple(kind for pool in pools.values() for kind in pool.instance_types),
            topic_arn=channel.topic_arns["warning"] if channel else None,
            ceiling_usd_per_month=ceiling_usd_per_month(pools, self._args.network.zones),
            estimate_usd_per_month=self._args.estimate_usd_per_month,
        )
        return Budget(f"{self._name}-budget", args, self._child())
