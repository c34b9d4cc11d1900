"""What a stack on a cluster needs before anything is made: the API, versions, definitions, permissions.

It asks the cluster, makes nothing, and says everything that is missing at once.
"""

import subprocess
from collections.abc import Iterator
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from components.kubernetes.cluster_access import TIMEOUT_SECONDS, api_client, why
from infra.kubernetes_settings import ClusterOfStack, KubernetesPlatform
from serving.errors import ConfigurationError

OLDEST = (1, 30)
"""A pod that sleeps before it stops, and Jobs that tell a lost node from a failure."""
HTTP_NOT_FOUND = 404
CONFIG = "envoy-gateway-config"
"""The ConfigMap with Envoy Gateway's own settings, as its chart names it."""
ENVOY_GATEWAY = "install Envoy Gateway 1.9 or newer by its chart, or set platform.controllers: install"


class Definition(NamedTuple):
    """Kinds of objects that a cluster must know, and what brings them."""

    group: str
    resources: tuple[str, ...]
    brought_by: str
    cluster_wide: tuple[str, ...] = ()


GATEWAY = (
    Definition(
        "gateway.networking.k8s.io/v1",
        ("gatewayclasses", "gateways", "httproutes", "grpcroutes"),
        ENVOY_GATEWAY,
        ("gatewayclasses",),
    ),
    Definition(
        "gateway.envoyproxy.io/v1alpha1",
        (
            *("backendtrafficpolicies", "clienttrafficpolicies", "envoyextensionpolicies"),
            *("envoyproxies", "httproutefilters", "securitypolicies"),
        ),
        ENVOY_GATEWAY,
    ),
)
KEDA = Definition("keda.sh/v1alpha1", ("scaledobjects",), "install KEDA, or set platform.autoscaler: none")
OPERATOR = Definition(
    "monitoring.coreos.com/v1",
    ("podmonitors", "prometheusrules"),
    "install the Prometheus operator, or set platform.metrics: none",
)
OWN = (
    Definition("v1", ("namespaces", "configmaps", "secrets", "serviceaccounts", "services"), "", ("namespaces",)),
    Definition("apps/v1", ("deployments",), ""),
    Definition("batch/v1", ("jobs",), ""),
    Definition("policy/v1", ("poddisruptionbudgets",), ""),
    Definition("networking.k8s.io/v1", ("networkpolicies",), ""),
    Definition("rbac.authorization.k8s.io/v1", ("roles", "rolebindings"), ""),
)


def kubeconfig_of(platform: KubernetesPlatform) -> tuple[str, str]:
    """Return a stack's kubeconfig, path or content, and its context.

    Raises:
        RuntimeError: The other stack has none to give.
    """
    cluster = platform.cluster
    if not isinstance(cluster, ClusterOfStack):
        return cluster.kubeconfig, cluster.context or ""
    asked = subprocess.run(
        ["pulumi", "stack", "output", "kubeconfig", "--show-secrets", "--stack", cluster.stack],
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        raise RuntimeError(f"The stack {cluster.stack} exports no kubeconfig; bring it up first.")
    return asked.stdout, ""


def missing(platform: KubernetesPlatform) -> Iterator[str]:
    """Yield a sentence for everything that the cluster lacks; nothing when the stack can be made."""
    from kubernetes.client import ApiException, VersionApi  # noqa: PLC0415 - see cluster_access
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - comes with the client

    try:
        client = api_client(*kubeconfig_of(platform))
        version = VersionApi(client).get_code(_request_timeout=TIMEOUT_SECONDS)
    except (ApiException, ConfigurationError, HTTPError, OSError, RuntimeError) as error:
        yield f"The cluster does not answer: {why(error)}"
        return
    yield from too_old(version.git_version)
    wanted = needed(platform)
    for definition in wanted:
        yield from _undefined(client, definition)
    if platform.controllers == "existing":
        yield from _without_lua(client, platform.gateway_namespace)
    yield from _forbidden(client, platform, [*OWN, *wanted])


def needed(platform: KubernetesPlatform) -> list[Definition]:
    """Return what must be defined in the cluster before the stack is made."""
    found = list(GATEWAY) if platform.controllers == "existing" else []
    found += [KEDA] if platform.autoscaler != "none" else []
    return found + ([OPERATOR] if platform.metrics == "prometheus_operator" else [])


def too_old(version: str) -> Iterator[str]:
    """Yield a sentence when a cluster is older than what the stack's objects need."""
    major, minor = (int("".join(filter(str.isdigit, part))) for part in version.lstrip("v").split(".")[:2])
    if (major, minor) < OLDEST:
        yield f"The cluster is Kubernetes {version}; {OLDEST[0]}.{OLDEST[1]} or newer is needed."


def _undefined(client: Any, definition: Definition) -> Iterator[str]:  # noqa: ANN401 - the client has no types
    from kubernetes.client import ApiException, CustomObjectsApi  # noqa: PLC0415 - see cluster_access

    group, _, version = definition.group.partition("/")
    try:
        listed = CustomObjectsApi(client).get_api_resources(group, version, _request_timeout=TIMEOUT_SECONDS)
        known = {each.name for each in listed.resources}
    except ApiException as error:
        if error.status != HTTP_NOT_FOUND:
            raise
        known = set()
    absent = [name for name in definition.resources if name not in known]
    if absent:
        yield f"The cluster does not know {', '.join(absent)} of {definition.group}; {definition.brought_by}."


def _without_lua(client: Any, namespace: str) -> Iterator[str]:  # noqa: ANN401 - the client has no types
    """Yield a sentence when Envoy Gateway would not run the request guard; nothing where its settings are not found."""
    from kubernetes.client import ApiException, CoreV1Api  # noqa: PLC0415 - see cluster_access

    try:
        found = CoreV1Api(client).read_namespaced_config_map(CONFIG, namespace, _request_timeout=TIMEOUT_SECONDS)
    except ApiException:
        return
    settings = YAML(typ="safe").load((found.data or {}).get("envoy-gateway.yaml", "")) or {}
    if not (settings.get("extensionApis") or {}).get("enableLua"):
        yield (
            f"Envoy Gateway in {namespace} does not run Lua, which the request guard is written in; set "
            "config.envoyGateway.extensionApis.enableLua: true in its chart's values."
        )


def _forbidden(
    client: Any,  # noqa: ANN401 - the client has no types
    platform: KubernetesPlatform,
    definitions: list[Definition],
) -> Iterator[str]:
    from kubernetes.client import AuthorizationV1Api  # noqa: PLC0415 - see cluster_access

    reviews = AuthorizationV1Api(client)
    for definition in definitions:
        group = definition.group.partition("/")[0] if "/" in definition.group else ""
        for resource in definition.resources:
            namespace = None if resource in definition.cluster_wide else platform.namespace
            asked = {"group": group, "resource": resource, "verb": "create", "namespace": namespace}
            review = {"spec": {"resourceAttributes": {key: value for key, value in asked.items() if value is not None}}}
            answer = reviews.create_self_subject_access_review(review, _request_timeout=TIMEOUT_SECONDS)
            if not answer.status.allowed:
                where = f"in the namespace {namespace}" if namespace else "in the cluster"
                yield f"These credentials may not create {resource} {where}; ask its administrator for that."


def screen(platform: KubernetesPlatform, stack: str) -> Iterator[str]:
    """Yield the lines that say what will be made where."""
    cluster = platform.cluster
    where = f"the cluster of stack {cluster.stack}" if isinstance(cluster, ClusterOfStack) else cluster.kubeconfig
    yield f"{stack} will be made in {where}:"
    yield f"  namespace {platform.namespace}, with every model; proxies in {platform.gateway_namespace}"
    yield f"  images    {platform.images.triton}"
    yield f"            {platform.images.rollout}"
