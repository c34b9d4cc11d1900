"""The stack on a cluster: settings and planned releases as the plain values that the components take."""

from collections.abc import Mapping
from typing import Any

from components.kubernetes.cluster_access import ClusterAccess
from components.kubernetes.cluster_site import Site
from components.kubernetes.drain import drain
from components.kubernetes.stack_platform import PlatformArgs
from infra.kubernetes_settings import ClusterOfKubeconfig, Keda, KubernetesPlatform, Tls
from infra.plain_values import gateway_values, key_versions, model_values
from infra.releases import AnyRelease, Releases
from infra.settings import ClusterSettings, Gateway, Model

MIN_TLS = {"min_version": "1.2"}


def platform_args(
    stack: str,
    settings: ClusterSettings,
    releases: Releases,
    access: ClusterAccess,
) -> PlatformArgs:
    """Return the arguments of the platform component.

    Args:
        stack: The stack's name, a label on everything.
        settings: The stack file.
        releases: The planned releases by model and slot.
        access: How the cluster is entered.
    """
    platform, gateway = settings.platform, settings.gateway
    return PlatformArgs(
        site=site(stack, platform, gateway),
        access=access,
        gateway=gateway_spec(platform, gateway),
        key_versions=key_versions(gateway),
        models={
            name: cluster_model_spec(name, model, releases[name], settings)
            for name, model in sorted(settings.models.items())
        },
        priority_classes=platform.priority_classes.model_dump() if platform.priority_classes else None,
        draining=platform.lifecycle == "drain",
        install=platform.controllers == "install",
    )


def site(stack: str, platform: KubernetesPlatform, gateway: Gateway) -> Site:
    """Return where a stack stands in its cluster."""
    return Site(
        stack=stack,
        namespace=platform.namespace,
        gateway_namespace=platform.gateway_namespace,
        triton_image=platform.images.triton,
        rollout_image=platform.images.rollout,
        pull_policy=platform.images.pull_policy,
        pull_secrets=platform.pull_secrets,
        published=platform.gateway_service != "ClusterIP",
        dns_namespace=platform.dns_namespace,
        dns_labels=platform.dns_labels,
        dns_port=platform.dns_port,
        api_server_ports=platform.api_server_ports,
        monitoring_namespace=platform.monitoring_namespace,
        start_timeout_seconds=platform.start_timeout_seconds,
        request_timeout_seconds=gateway.request_timeout_seconds,
        prometheus_url=platform.autoscaler.prometheus_url if isinstance(platform.autoscaler, Keda) else None,
        has_operator=platform.metrics == "prometheus_operator",
        tls_secret=platform.tls.secret if isinstance(platform.tls, Tls) else None,
    )


def gateway_spec(platform: KubernetesPlatform, gateway: Gateway) -> dict[str, Any]:
    """Return the gateway as resources and policies see it."""
    return {
        **gateway_values(gateway),
        "service_type": platform.gateway_service,
        "proxies": platform.proxies,
        "image": platform.images.proxy,
        "requests_per_second": platform.rate_limit.requests_per_second,
        "client_requests_per_second": dict(sorted(platform.rate_limit.clients.items())),
        "tls": MIN_TLS if isinstance(platform.tls, Tls) else None,
        # Envoy listens on loopback inside its pod for this, and nothing of the Service leads there.
        "admin": {"kind": "loopback"},
    }


def cluster_model_spec(
    name: str, model: Model, releases: Mapping[str, AnyRelease], settings: ClusterSettings
) -> dict[str, Any]:
    """Return a model as resources and policies see it."""
    longest = settings.gateway.request_timeout_seconds
    device = "gpu" if model.resources.gpu else "cpu"
    return {
        **model_values(name, model, releases, settings.gateway),
        "namespace": settings.platform.namespace,
        "runtime": {**model.runtime.model_dump(mode="json"), "device": device},
        "resources": model.resources.model_dump(mode="json", exclude_none=True),
        "grace_seconds": drain(longest).grace_seconds,
    }


def cluster_access(cluster: ClusterOfKubeconfig) -> ClusterAccess:
    """Return how a cluster is entered by a kubeconfig file."""
    where = f"{cluster.kubeconfig} ({cluster.context})" if cluster.context else cluster.kubeconfig
    return ClusterAccess(kubeconfig=cluster.kubeconfig, context=cluster.context, entry=where)
