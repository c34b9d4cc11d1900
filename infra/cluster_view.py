"""Enters the cluster of a stack for those who only look: the right cluster, or a sentence."""

import json
import subprocess
from typing import TYPE_CHECKING, Any

from components.kubernetes.cluster_access import api_client
from components.kubernetes.cluster_identity import cluster_uid, refusal
from infra.cluster_prerequisites import kubeconfig_of
from infra.kubernetes_settings import ClusterOfStack, KubernetesPlatform
from serving.errors import ConfigurationError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

IDENTITY = "pulumi-python:dynamic/slipway/kubernetes:ClusterIdentity"


def entered(platform: KubernetesPlatform, stack: str) -> "ApiClient":
    """Return a client of a stack's cluster.

    Raises:
        ConfigurationError: The cluster does not answer, or is not the one that the stack was made for.
    """
    try:
        way = kubeconfig_of(platform)
    except RuntimeError as error:
        raise ConfigurationError(str(error)) from None
    known, found = known_uid(stack), cluster_uid(*way)
    if known and known != found:
        raise ConfigurationError(refusal(_entry(platform), known, found))
    return api_client(*way)


def known_uid(stack: str) -> str | None:
    """Return by what the stack's state knows its cluster; None where there is no state of it here."""
    command = ["pulumi", "stack", "export", "--stack", stack]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return uid_in(json.loads(asked.stdout))


def uid_in(state: dict[str, Any]) -> str | None:
    """Return the uid of the cluster that a state was made for; None before the first `up`."""
    resources = (state.get("deployment") or {}).get("resources") or ()
    found = (each.get("outputs", {}).get("uid") for each in resources if each["type"] == IDENTITY)
    return next(found, None)


def _entry(platform: KubernetesPlatform) -> str:
    cluster = platform.cluster
    return f"stack {cluster.stack}" if isinstance(cluster, ClusterOfStack) else cluster.kubeconfig
