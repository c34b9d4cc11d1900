"""What stands on an EKS cluster: EKS's own services, then the models; in the cloud's stack or in one beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pulumi
import pulumi_aws

from components.aws.aws_platform import AwsPlatform
from components.aws.eks_facts import EXPORT, ClusterFacts, plain_facts
from components.aws.eks_services import EksServices, EksServicesArgs
from components.aws.load_balancer_values import READINESS_GATE_LABEL
from components.aws.node_pool_plan import snapshot_problems
from components.aws.rules import require
from components.kubernetes.cluster_access import ClusterAccess
from components.kubernetes.cluster_provider import cluster_provider
from components.kubernetes.cluster_site import Origin, Site
from components.kubernetes.gateway import TlsPair
from components.kubernetes.idle_slot import cold_rollback
from components.kubernetes.stack_platform import Platform, PlatformArgs
from infra.aws_settings import AwsPlatform as AwsSettings
from infra.cluster_stack import MIN_TLS, platform_args
from infra.kubernetes_settings import ClusterOfStack, KubernetesPlatform
from infra.releases import Releases
from infra.settings import CloudSettings, ClusterSettings, Gateway

TLS_SECRET = "gateway-tls"  # noqa: S105 - the name of an object


@dataclass(frozen=True, kw_only=True)
class Below:
    """The cluster that a stack stands on.

    Args:
        facts: about it.
        access: how it is entered.
        provider: of AWS, for the roles of the models.
        after: what must outlive everything on it.
    """

    facts: ClusterFacts
    access: ClusterAccess
    provider: pulumi_aws.Provider
    after: Sequence[pulumi.Resource] = ()


def settings_on_cloud(settings: CloudSettings, stack: str) -> ClusterSettings:
    """Return the models of a cloud's own stack as settings of a stack on a cluster."""
    platform = settings.platform
    serving = platform.serving.model_dump() if isinstance(platform, AwsSettings) and platform.serving else {}
    entered = ClusterOfStack(stack=stack)
    return ClusterSettings(
        platform=KubernetesPlatform(kind="kubernetes", cluster=entered, lifecycle=platform.lifecycle, **serving),
        gateway=settings.gateway or Gateway(clients={}),
        models=settings.models,
    )


def below_cloud(cloud: AwsPlatform) -> Below:
    """Return the cluster that this stack makes."""
    access = ClusterAccess(kubeconfig=cloud.cluster.kubeconfig, context=None, entry=cloud.cluster.cluster_arn)
    return Below(facts=cloud.facts(), access=access, provider=cloud.provider, after=cloud.outlives_the_cluster)


async def below_stack(name: str, reference: pulumi.StackReference) -> Below:
    """Return the cluster that another stack made.

    Args:
        name: of the other stack.
        reference: to it.

    Raises:
        ConfigurationError: Its outputs do not say what the cluster is.
    """
    plain = plain_facts((await reference.get_output_details(EXPORT)).value, name)
    subnets, doors = reference.require_output("private_subnets"), reference.require_output("target_group_arns")
    facts = ClusterFacts(
        plain=plain,
        vpc_id=reference.require_output("vpc_id"),
        subnet_ids=[_part(subnets, zone) for zone in plain.zones],
        security_group_id=reference.require_output("node_security_group_id"),
        key_arn=reference.require_output("artifact_key_arn"),
        target_group_arns={door: _part(doors, door) for door in plain.doors},
        origin_secret=pulumi.Output.secret(reference.require_output("origin_secret")) if plain.guarded else None,
    )
    kubeconfig: pulumi.Output[str] = pulumi.Output.secret(reference.require_output("kubeconfig").apply(str))
    return Below(
        facts=facts,
        access=ClusterAccess(kubeconfig=kubeconfig, context=None, entry=f"stack {name}"),
        provider=pulumi_aws.Provider("aws", region=plain.region, allowed_account_ids=[plain.account_id]),
    )


def _part(whole: pulumi.Output[Any], key: str) -> pulumi.Output[str]:
    return whole.apply(lambda known: str(known[key]))


def register_on(below: Below, settings: ClusterSettings, releases: Releases, stack: str) -> Platform:
    """Register EKS's own services and then the models.

    Args:
        below: The cluster.
        settings: What stands on it.
        releases: The planned releases by model and slot.
        stack: The stack's name.

    Raises:
        ConfigurationError: A pool starts its nodes from a snapshot without the image that is deployed.
    """
    planned = platform_args(stack, settings, releases, below.access)
    require(snapshot_problems(below.facts.plain.plans, planned.site.triton_image))
    # Who may enter is decided beside the cluster, and must be there for as long as anything is on it.
    provider = cluster_provider("eks", below.access, pulumi.ResourceOptions(depends_on=list(below.after)))
    args = EksServicesArgs(
        facts=below.facts,
        stack=stack,
        models=sorted(settings.models),
        namespace=planned.site.namespace,
        gateway_namespace=planned.site.gateway_namespace,
        gateway_service=planned.site.gateway_service,
        monitoring_namespace=planned.site.monitoring_namespace,
        after=below.after,
    )
    services = EksServices("services", args, pulumi.ResourceOptions(providers=[below.provider, provider]))
    planned = replace(planned, site=replace(planned.site, origin=origin(below.facts)))
    planned = _with_services(planned, services)
    platform = Platform("platform", planned)
    for sentence in cold_rollbacks(settings, planned.site):
        pulumi.log.info(sentence)
    services.bind("targets", pulumi.ResourceOptions(providers=[provider], depends_on=[platform]))
    return platform


def origin(facts: ClusterFacts) -> Origin | None:
    """Return the firewall that clients of a cluster come through; None without one."""
    if facts.origin_secret is None:
        return None
    secret: pulumi.Output[str | None] = pulumi.Output.secret(facts.origin_secret)
    return Origin(secret=secret.apply(str), grpc_apart="grpc" in facts.plain.doors)


def cold_rollbacks(settings: ClusterSettings, site: Site) -> Iterator[str]:
    """Yield what an operator must know of each model whose idle slot goes cold.

    Args:
        settings: The stack.
        site: Its place, which knows how long a start takes in each pool.
    """
    for name, model in sorted(settings.models.items()):
        hours = model.resources.idle_warm_hours
        if hours is not None:
            yield cold_rollback(name, hours, site.start_seconds(model.resources.pool))


def _with_services(planned: PlatformArgs, services: EksServices) -> PlatformArgs:
    """Let the models use what EKS offers, where the stack file says nothing else, and give a start what nodes take."""
    planned = replace(planned, site=replace(planned.site, pool_start_seconds=services.start_seconds))
    found = replace(
        planned,
        priority_classes=planned.priority_classes or services.priority_classes,
        gateway_namespace_labels=READINESS_GATE_LABEL,
        # Credentials come to a pod when it is made, and only if its association is there by then.
        after=[*planned.after, services],
    )
    if services.balancing is None or planned.site.tls_secret is not None:
        return found
    certificate = services.certificate
    pair = TlsPair(certificate_pem=certificate.certificate_pem, private_key_pem=certificate.private_key_pem)
    site, gateway = replace(planned.site, tls_secret=TLS_SECRET), {**planned.gateway, "tls": MIN_TLS}
    return replace(found, site=site, gateway=gateway, tls=pair)
