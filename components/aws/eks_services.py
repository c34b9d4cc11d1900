"""What stands on an EKS cluster besides the models, from the facts about it: nodes, GPUs, targets, identities.

One instance per cluster: controllers and their definitions belong to all of it. Everything that Kubernetes pods wait
for is made before them; what the controllers need in AWS is made before this (`after`) and destroyed after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.aws.accelerator_plan import needed_images
from components.aws.accelerators import Accelerators, AcceleratorsArgs
from components.aws.aws_site import Site, Tags
from components.aws.eks_facts import ClusterFacts
from components.aws.karpenter_controller import KarpenterController, KarpenterControllerArgs
from components.aws.karpenter_objects import NodePlace
from components.aws.karpenter_values import KarpenterValues
from components.aws.load_balancer_controller import (
    LoadBalancerController,
    LoadBalancerControllerArgs,
    TargetBindings,
    TargetBindingsArgs,
)
from components.aws.model_reader import ModelReader, ModelReaderArgs
from components.aws.priority_classes import PriorityClasses, PriorityClassesArgs
from components.aws.rules import require
from components.aws.self_signed_certificate import SelfSignedCertificate
from components.aws.upstream_images import (
    CACHED_UPSTREAM,
    KARPENTER,
    LOAD_BALANCER_CONTROLLER,
    UpstreamImage,
    cached,
    image_problems,
)
from components.kubernetes.object_names import fetching_accounts

HTTPS_PORT = 443
DEDICATED = (
    "cluster.system_nodes.dedicated is true, so the proxies, gates and shifts would have no node: GPU nodes take only "
    "what asks for a GPU. Leave it out in the stack that makes the cluster."
)


@dataclass(frozen=True, kw_only=True)
class EksServicesArgs:
    """What stands on which cluster.

    Args:
        facts: about the cluster.
        stack: whose models; a tag, and part of the names of roles.
        models: names, as the stack file has them.
        namespace: of the models.
        gateway_namespace: of the proxies.
        gateway_service: in front of the proxies.
        monitoring_namespace: whose pods may read metrics.
        after: what must outlive all of it: network, cluster, the controllers' roles. Nothing from another stack,
            which is destroyed after this one anyway.

    Raises:
        ConfigurationError: the registry lacks an image; the message lists every one.
    """

    facts: ClusterFacts
    stack: str
    models: Sequence[str]
    namespace: str
    gateway_namespace: str
    gateway_service: str
    monitoring_namespace: str = "monitoring"
    after: Sequence[pulumi.Resource] = ()

    def __post_init__(self) -> None:
        plain = self.facts.plain
        upstreams = [CACHED_UPSTREAM] if plain.cache_prefix else []
        images = image_problems(needed_images(plain.plans), plain.images, upstreams)
        require([*images, *([DEDICATED] if plain.dedicated else [])])

    @property
    def site(self) -> Site:
        """The place of the readers' roles: the cluster's account, in the name of the stack with the models."""
        plain = self.facts.plain
        tags = Tags(stack=self.stack, environment=plain.environment, owner=plain.owner, cost_centre=plain.cost_centre)
        return Site(account_id=plain.account_id, region=plain.region, tags=tags, protect=plain.protect)


class EksServices(pulumi.ComponentResource):
    """Everything on an EKS cluster that is EKS's own. Its options carry both providers, of AWS and of Kubernetes.

    Produces:
        PriorityClasses, KarpenterController, Accelerators, LoadBalancerController, the certificate of the gateway, a
        ModelReader for each account whose pods fetch releases; with `bind`, beside it, the TargetBindings.
    """

    priority_classes: Mapping[str, str]
    start_seconds: Mapping[str, float]

    def __init__(self, name: str, args: EksServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        """Make what this cluster needs."""
        super().__init__("slipway:aws:EksServices", name, None, opts)
        self._name, self._args = name, args
        facts, plain = args.facts, args.facts.plain
        classes = PriorityClasses(f"{name}-priority", PriorityClassesArgs(namespace=args.namespace), self._child())
        self.priority_classes = classes.names
        self.start_seconds = {pool: float(plan["startup_budget_seconds"]) for pool, plan in plain.plans.items()}
        self.karpenter = self._karpenter() if plain.karpenter_plans else None
        if plain.plans:
            agents = AcceleratorsArgs(
                plans=plain.plans, images=plain.images, monitoring_namespace=args.monitoring_namespace
            )
            Accelerators(f"{name}-accelerators", agents, self._child(*self._args.after))
        self.balancing = self._balancing() if facts.target_group_arns else None
        # The balancers speak TLS to Envoy and verify nothing, so its name is for people only.
        self.certificate = SelfSignedCertificate(
            f"{name}-gateway-certificate", names=[args.gateway_service], opts=self._child()
        )
        for model in args.models:
            for account in fetching_accounts(model):
                self._reader(model, account)
        self.register_outputs({"priority_classes": self.priority_classes})

    def bind(self, name: str, opts: pulumi.ResourceOptions | None = None) -> TargetBindings | None:
        """Make the proxies' pods targets of every door.

        It is no child of this: whatever makes the proxies waits for this, and the bindings wait for the proxies.

        Args:
            name: logical name.
            opts: must name what makes the namespace of the proxies in `depends_on`.
        """
        if self.balancing is None:
            return None
        facts = self._args.facts
        args = TargetBindingsArgs(
            controller=self.balancing,
            namespace=self._args.gateway_namespace,
            service=self._args.gateway_service,
            port=HTTPS_PORT,
            target_group_arns=facts.target_group_arns,
            vpc_id=facts.vpc_id,
        )
        return TargetBindings(name, args, opts)

    def _child(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(after))

    def _image(self, image: UpstreamImage) -> str:
        plain = self._args.facts.plain
        return cached(image, registry=plain.registry, prefix=plain.cache_prefix or "")

    def _karpenter(self) -> KarpenterController:
        facts, plain = self._args.facts, self._args.facts.plain
        values = KarpenterValues(
            cluster_name=plain.cluster_name,
            interruption_queue=plain.interruption_queue,
            isolated=plain.isolated,
            image=self._image(KARPENTER),
            zonal_shift=plain.zonal_shift,
        )
        place = NodePlace(
            instance_profile=plain.instance_profile,
            subnet_ids=facts.subnet_ids,
            security_group_ids=[facts.security_group_id],
            zones=plain.zones,
            tags=plain.tags,
        )
        args = KarpenterControllerArgs(values=values, plans=plain.karpenter_plans, place=place, after=self._args.after)
        return KarpenterController(f"{self._name}-karpenter", args, self._child())

    def _balancing(self) -> LoadBalancerController:
        facts = self._args.facts
        args = LoadBalancerControllerArgs(
            cluster_name=facts.plain.cluster_name,
            region=facts.plain.region,
            vpc_id=facts.vpc_id,
            watched_namespace=self._args.gateway_namespace,
            image=self._image(LOAD_BALANCER_CONTROLLER),
            after=self._args.after,
        )
        return LoadBalancerController(f"{self._name}-balancing", args, self._child())

    def _reader(self, model: str, account: str) -> ModelReader:
        plain = self._args.facts.plain
        args = ModelReaderArgs(
            site=self._args.site,
            bucket=plain.bucket,
            key_arn=self._args.facts.key_arn,
            cluster_name=plain.cluster_name,
            namespace=self._args.namespace,
            service_account=account,
            model=model,
        )
        # A cluster that is still being made has no associations yet.
        return ModelReader(f"{self._name}-reader-{account}", args, self._child(*self._args.after))
