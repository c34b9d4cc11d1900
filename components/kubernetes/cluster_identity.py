"""Remembers which cluster a stack was made for, and refuses another one that the same entry leads to by now.

Produces `pulumi-python:dynamic/slipway/kubernetes:ClusterIdentity`. A cluster is known by the uid of its namespace
kube-system, which lives as long as the cluster does.
"""

from http import HTTPStatus

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from components.dynamic_provider import DynamicProvider, Values, inputs_of
from components.kubernetes.cluster_access import TIMEOUT_SECONDS, ClusterAccess, api_client, failures, is_known, why
from serving.errors import ConfigurationError


class ClusterIdentityProvider(DynamicProvider):
    """Compares clusters."""

    def refuse(self, olds: Values, news: Values) -> None:
        """Refuse a cluster that is not the one the stack was made for."""
        if not is_known(news.get("kubeconfig")):
            return
        known, found = olds.get("uid"), cluster_uid(news["kubeconfig"], news.get("context") or "")
        news["uid"] = found
        if known and known != found:
            raise ConfigurationError(refusal(news["entry"], known, found))

    def create(self, props: Values) -> CreateResult:
        """Remember the cluster."""
        found = cluster_uid(props["kubeconfig"], props.get("context") or "")
        return CreateResult(found, {**inputs_of(props), "uid": found, "problem": ""})

    def update(self, _id: str, _olds: Values, _news: Values) -> UpdateResult:
        """Remember the cluster, by another way in."""
        return UpdateResult(self.create(_news).outs)

    def problem(self, values: Values) -> str:  # noqa: ARG002 - another cluster is refused before
        """Find nothing wrong."""
        return ""


class ClusterIdentity(Resource, module="slipway/kubernetes", name="ClusterIdentity"):
    """The cluster of one stack."""

    uid: pulumi.Output[str]

    def __init__(self, name: str, access: ClusterAccess, opts: pulumi.ResourceOptions | None = None) -> None:
        props = {**access.props(), "entry": access.entry, "uid": None, "problem": None}
        super().__init__(ClusterIdentityProvider(), name, props, opts)


def cluster_uid(kubeconfig: str, context: str) -> str:
    """Return by what a cluster is known.

    Raises:
        ConfigurationError: It does not answer, or not to these credentials.
    """
    from kubernetes.client import CoreV1Api  # noqa: PLC0415 - see cluster_access

    try:
        namespace = CoreV1Api(api_client(kubeconfig, context)).read_namespace(
            "kube-system", _request_timeout=TIMEOUT_SECONDS
        )
    except failures() as error:
        raise ConfigurationError(f"platform.cluster: {_unread(error)}") from None
    return str(namespace.metadata.uid)


def _unread(error: Exception) -> str:
    """What to do about a namespace that could not be read."""
    status = getattr(error, "status", None)
    if status == HTTPStatus.UNAUTHORIZED:
        return "the cluster does not know these credentials, or no longer; log in again, or correct the kubeconfig."
    if status == HTTPStatus.FORBIDDEN:
        return (
            "these credentials may not read the namespace kube-system, by whose uid a stack knows its cluster; ask the "
            "cluster's administrator for get on it."
        )
    return (
        f"the cluster does not answer ({why(error)}); check the kubeconfig, its context and the network between here "
        "and there."
    )


def refusal(entry: str, known: str, found: str) -> str:
    """Return why a cluster is not used."""
    return (
        f"platform.cluster: {entry} leads to the cluster {found} now, but this stack was made for {known}; choose the "
        "context of that cluster, or make a stack of another name for this one."
    )
