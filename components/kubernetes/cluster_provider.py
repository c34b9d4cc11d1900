"""The Kubernetes provider of a stack, as every program that has one wants it."""

import pulumi
from pulumi_kubernetes import Provider

from components.kubernetes.cluster_access import ClusterAccess


def cluster_provider(name: str, access: ClusterAccess, opts: pulumi.ResourceOptions) -> Provider:
    """Register the provider that makes objects in a cluster."""
    return Provider(
        name,
        kubeconfig=access.kubeconfig,
        context=access.context,
        # Another token in the same kubeconfig is the same cluster.
        cluster_identifier=access.entry,
        enable_server_side_apply=True,
        # A Secret that went before its successor came would take the keys of every client away meanwhile.
        enable_secret_mutable=True,
        opts=opts,
    )
