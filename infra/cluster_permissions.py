"""What whoever brings up a stack must be allowed to do in its cluster, and which of it is not allowed."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from components.kubernetes.cluster_site import ENVOY_GROUP, GATEWAY_GROUP
from infra.cluster_questions import Questions
from infra.kubernetes_settings import KubernetesPlatform
from infra.settings_problems import listed

MANAGE = ("create", "get", "list", "watch", "patch", "delete")
"""Pulumi applies on the server, waits until an object is ready, and deletes it."""
LOOK = ("get", "list", "watch")


class Permission(NamedTuple):
    """Verbs on kinds of objects of one group; in a namespace, or in the whole cluster where that is empty."""

    verbs: tuple[str, ...]
    group: str
    resources: tuple[str, ...]
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        which = f" {self.name}" if self.name else ""
        where = f"in the namespace {self.namespace}" if self.namespace and not self.name else "in the cluster"
        return f"{listed(self.verbs)} {listed(self.resources)}{which} {where}"


_WORKLOADS = (
    ("apps", ("deployments",)),
    ("batch", ("jobs",)),
    ("policy", ("poddisruptionbudgets",)),
    ("rbac.authorization.k8s.io", ("roles", "rolebindings")),
)
_CORE = ("configmaps", "secrets", "serviceaccounts")
_PARTS = (("", ("pods", "events")), ("apps", ("replicasets",)), ("discovery.k8s.io", ("endpointslices",)))
GATEWAY_KINDS = ("gateways", "httproutes", "grpcroutes")
ENVOY_KINDS = (
    *("backendtrafficpolicies", "clienttrafficpolicies", "envoyextensionpolicies"),
    *("envoyproxies", "httproutefilters", "securitypolicies"),
)


def permissions(platform: KubernetesPlatform) -> Iterator[Permission]:
    """Yield what a stack needs."""
    # By its uid a stack knows its cluster again.
    yield Permission(("get",), "", ("namespaces",), "kube-system", "kube-system")
    yield Permission(MANAGE, "", ("namespaces",))
    yield Permission(MANAGE, GATEWAY_GROUP, ("gatewayclasses",))
    yield from _in_the_stacks(platform, platform.namespace)
    yield Permission(MANAGE, "", ("services",), platform.gateway_namespace)
    yield Permission(LOOK, "discovery.k8s.io", ("endpointslices",), platform.gateway_namespace)
    if platform.metrics == "prometheus_operator":
        yield Permission(MANAGE, "monitoring.coreos.com", ("podmonitors",), platform.gateway_namespace)
    if platform.controllers == "install":
        yield from _to_install(platform.gateway_namespace)


def forbidden(questions: Questions, needed: Iterable[Permission]) -> Iterator[str]:
    """Yield a sentence for everything that is not allowed, the verbs of one kind together."""
    if questions.may(verb="*", group="*", resource="*"):
        return
    for permission in needed:
        refused: dict[tuple[str, ...], list[str]] = {}
        for resource in permission.resources:
            verbs = tuple(verb for verb in permission.verbs if not _may(questions, permission, resource, verb))
            refused.setdefault(verbs, []).append(resource)
        for verbs, resources in refused.items():
            if verbs:
                lacking = permission._replace(verbs=verbs, resources=tuple(resources))
                yield f"These credentials may not {lacking}; ask its administrator for that."


def _may(questions: Questions, permission: Permission, resource: str, verb: str) -> bool:
    return questions.may(
        verb=verb,
        group=permission.group,
        resource=resource,
        namespace=permission.namespace,
        name=permission.name,
    )


def _in_the_stacks(platform: KubernetesPlatform, namespace: str) -> Iterator[Permission]:
    yield Permission(MANAGE, "", (*_CORE, "services"), namespace)
    yield from (Permission(MANAGE, group, resources, namespace) for group, resources in _WORKLOADS)
    yield Permission(MANAGE, "networking.k8s.io", ("networkpolicies",), namespace)
    yield Permission(MANAGE, GATEWAY_GROUP, GATEWAY_KINDS, namespace)
    yield Permission(MANAGE, ENVOY_GROUP, ENVOY_KINDS, namespace)
    if platform.autoscaler != "none":
        yield Permission(MANAGE, "keda.sh", ("scaledobjects",), namespace)
    if platform.metrics == "prometheus_operator":
        yield Permission(MANAGE, "monitoring.coreos.com", ("podmonitors", "prometheusrules"), namespace)
    yield from (Permission(LOOK, group, resources, namespace) for group, resources in _PARTS)


def _to_install(namespace: str) -> Iterator[Permission]:
    """Yield what the chart of Envoy Gateway makes."""
    yield Permission(MANAGE, "apiextensions.k8s.io", ("customresourcedefinitions",))
    yield Permission(MANAGE, "rbac.authorization.k8s.io", ("clusterroles", "clusterrolebindings"))
    yield Permission(MANAGE, "admissionregistration.k8s.io", ("mutatingwebhookconfigurations",))
    yield Permission(MANAGE, "", _CORE, namespace)
    yield from (Permission(MANAGE, group, resources, namespace) for group, resources in _WORKLOADS)
