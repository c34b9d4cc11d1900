"""What a stack on a cluster needs before anything is made: the API, versions, definitions, permissions.

It asks the cluster, makes nothing, and says everything that is missing at once.
"""

import subprocess
from collections.abc import Collection, Iterator, Mapping
from typing import Any, NamedTuple

from ruamel.yaml import YAML

from components.kubernetes.cluster_access import api_client, why
from components.kubernetes.cluster_site import API_VERSION_ENVOY, API_VERSION_GATEWAY
from infra.cluster_permissions import ENVOY_KINDS, GATEWAY_KINDS, forbidden, permissions
from infra.cluster_questions import HiddenError, Questions, SilentError, unless_hidden
from infra.kubernetes_settings import ClusterOfStack, KubernetesPlatform, Tls
from infra.settings import ClusterSettings, ReleaseReference
from infra.settings_problems import listed
from serving.errors import ConfigurationError

OLDEST = (1, 30)
"""A pod that sleeps before it stops, and Jobs that tell a lost node from a failure."""
CONFIG = "envoy-gateway-config"
"""The ConfigMap with Envoy Gateway's own settings, as its chart names it."""
ENVOY_GATEWAY = "install Envoy Gateway 1.9 or newer by its chart, or set platform.controllers: install"


class Definition(NamedTuple):
    """Kinds of objects that a cluster must know, and what brings them."""

    group: str
    resources: tuple[str, ...]
    brought_by: str


GATEWAY = (
    Definition(
        API_VERSION_GATEWAY,
        ("gatewayclasses", *GATEWAY_KINDS),
        ENVOY_GATEWAY,
    ),
    Definition(API_VERSION_ENVOY, ENVOY_KINDS, ENVOY_GATEWAY),
)
KEDA = Definition("keda.sh/v1alpha1", ("scaledobjects",), "install KEDA, or set platform.autoscaler: none")
OPERATOR = Definition(
    "monitoring.coreos.com/v1",
    ("podmonitors", "prometheusrules"),
    "install the Prometheus operator, or set platform.metrics: none",
)
FIELDS = {
    "BackendTrafficPolicy": ("requestBuffer", "responseOverride"),
    "ClientTrafficPolicy": ("headers.earlyRequestHeaders",),
    "EnvoyExtensionPolicy": ("lua",),
    "EnvoyProxy": ("luaValidation", "mergeType", "provider.kubernetes.envoyPDB"),
    "HTTPRouteFilter": ("directResponse",),
    "SecurityPolicy": ("apiKeyAuth.forwardClientIDHeader", "apiKeyAuth.sanitize", "authorization"),
}
"""What the stack's objects say that Envoy Gateway has not always known."""


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


def missing(platform: KubernetesPlatform, claims: Collection[str] = ()) -> Iterator[str]:
    """Yield a sentence for everything that the cluster lacks; nothing when the stack can be made.

    Args:
        platform: The stack's settings.
        claims: The volume claims that releases lie on.
    """
    try:
        questions = Questions(api_client(*kubeconfig_of(platform)))
        version = (questions.get("/version", "its version") or {}).get("gitVersion", "")
    except (ConfigurationError, HiddenError, OSError, RuntimeError, SilentError) as error:
        yield f"The cluster does not answer: {why(error)}"
        return
    try:
        yield from too_old(version)
        yield from _lacking(questions, platform, claims)
    except SilentError as error:
        yield f"The cluster stopped answering: {error}; everything else was not asked."


def claims_of(settings: ClusterSettings) -> set[str]:
    """Return the volume claims that releases of a stack lie on."""
    releases = [slot.release for model in settings.models.values() for slot in model.configured_slots().values()]
    return {each.claim for each in releases if isinstance(each, ReleaseReference) and each.claim}


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


def _lacking(questions: Questions, platform: KubernetesPlatform, claims: Collection[str]) -> Iterator[str]:
    checks = [_undefined(questions, definition) for definition in needed(platform)]
    if platform.controllers == "existing":
        checks += [_outdated(questions), _without_lua(questions, platform.gateway_namespace)]
    checks += [_absent(questions, *each) for each in _named(platform, claims)]
    checks.append(forbidden(questions, permissions(platform)))
    for check in checks:
        yield from unless_hidden(check)


def _undefined(questions: Questions, definition: Definition) -> Iterator[str]:
    found = questions.get(f"/apis/{definition.group}", f"which kinds of objects {definition.group} has")
    known = {each["name"] for each in (found or {}).get("resources") or ()}
    absent = [name for name in definition.resources if name not in known]
    if absent:
        yield f"The cluster does not know {', '.join(absent)} of {definition.group}; {definition.brought_by}."


def _outdated(questions: Questions) -> Iterator[str]:
    """Yield a sentence when the definitions lack fields: the version of Envoy Gateway itself is not to be had."""
    group = GATEWAY[1].group
    found = questions.get(f"/openapi/v3/apis/{group}", f"the fields of {group}") or {}
    schemas = list((found.get("components") or {}).get("schemas", {}).values())
    for kind, fields in FIELDS.items():
        spec = next((_part(schema, "spec") for schema in schemas if _is_of(schema, kind)), None)
        absent = [path for path in fields if spec is not None and _part(spec, path) is None]
        if absent:
            yield f"Envoy Gateway is too old: its {kind} has no {listed(absent)}; {ENVOY_GATEWAY}."


def _is_of(schema: Mapping[str, Any], kind: str) -> bool:
    return any(each.get("kind") == kind for each in schema.get("x-kubernetes-group-version-kind") or ())


def _part(schema: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = schema
    for name in path.split("."):
        found = (found.get("properties") or {}).get(name) if found is not None else None
    return found


def _without_lua(questions: Questions, namespace: str) -> Iterator[str]:
    """Yield a sentence when Envoy Gateway would not run the request guard; nothing where its settings are not found."""
    what = f"the ConfigMap {CONFIG} in {namespace}, which says whether Envoy Gateway runs the request guard"
    found = questions.get(f"/api/v1/namespaces/{namespace}/configmaps/{CONFIG}", what)
    if found is None:
        return
    settings = YAML(typ="safe").load((found.get("data") or {}).get("envoy-gateway.yaml", "")) or {}
    if not (settings.get("extensionApis") or {}).get("enableLua"):
        yield (
            f"Envoy Gateway in {namespace} does not run Lua, which the request guard is written in; set "
            "config.envoyGateway.extensionApis.enableLua: true in its chart's values."
        )


def _named(platform: KubernetesPlatform, claims: Collection[str]) -> Iterator[tuple[str, str, str]]:
    """Yield what the stack names and does not make: path, what it is, how it is had."""
    inside = f"/api/v1/namespaces/{platform.namespace}"
    if isinstance(platform.tls, Tls):
        had = "make it, after the namespace where that is not there either: kubectl create secret tls"
        yield f"{inside}/secrets/{platform.tls.secret}", f"platform.tls.secret names {platform.tls.secret}", had
    for name in platform.pull_secrets:
        had = "make it, after the namespace where that is not there either: kubectl create secret docker-registry"
        yield f"{inside}/secrets/{name}", f"platform.pull_secrets names {name}", had
    classes = platform.priority_classes.model_dump() if platform.priority_classes else {}
    for role, name in classes.items():
        path = f"/apis/scheduling.k8s.io/v1/priorityclasses/{name}"
        yield path, f"platform.priority_classes.{role} names {name}", "make that PriorityClass, or correct the name"
    for claim in sorted(claims):
        path = f"{inside}/persistentvolumeclaims/{claim}"
        yield path, f"a release lies on the claim {claim}", "make that PersistentVolumeClaim, or correct the name"


def _absent(questions: Questions, path: str, named: str, had: str) -> Iterator[str]:
    if questions.get(path, path) is None:
        yield f"{named}, which the cluster does not have ({path}); {had}."


def screen(platform: KubernetesPlatform, stack: str) -> Iterator[str]:
    """Yield the lines that say what will be made where."""
    cluster = platform.cluster
    where = f"the cluster of stack {cluster.stack}" if isinstance(cluster, ClusterOfStack) else cluster.kubeconfig
    yield f"{stack} will be made in {where}:"
    yield f"  namespace {platform.namespace}, with every model; proxies in {platform.gateway_namespace}"
    yield f"  images    {platform.images.triton}"
    yield f"            {platform.images.rollout}"
