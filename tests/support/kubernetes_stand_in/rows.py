"""What the stand-in knows of single kinds: a row each. A kind without a row is applied, compared and deleted like any.

Source: the replaced properties are those of pulumi-kubernetes (`provider/pkg/provider/diff.go`), the waits those of its
documentation.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from tests.support.kubernetes_stand_in.ready import others
from tests.support.kubernetes_stand_in.ready.jobs import job
from tests.support.kubernetes_stand_in.ready.pods import pod
from tests.support.kubernetes_stand_in.ready.workloads import daemon_set, deployment, replica_set, stateful_set
from tests.support.kubernetes_stand_in.verdict import Around, Json, Verdict

_MINUTE = 60
PODS, SLICES, EVENTS = "pods", "endpoint slices", "events"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One kind.

    Args:
        replaces: Properties that cannot change in place, besides name and namespace.
        unless: Provider setting that lets them change in place after all, when the object is not `immutable`.
        always: Those among them that need another object even so.
        ready: Says how far an object is.
        looks_at: What `ready` wants to see around the object.
        timeout_seconds: How long readiness may take.
        follows: It gets ready through other objects only, and is not waited for long once one of them has failed.
        secret: Outputs and inputs that are secrets.
        later: Properties of which only the server knows the value, so that a preview says unknown.
    """

    replaces: tuple[str, ...] = ()
    unless: str = ""
    always: tuple[str, ...] = ()
    ready: Callable[[Json, Around], Verdict] = others.at_once
    looks_at: frozenset[str] = frozenset()
    timeout_seconds: float = 10 * _MINUTE
    follows: bool = False
    secret: tuple[str, ...] = ()
    later: tuple[str, ...] = ()


_POD_OWNER = frozenset({PODS, EVENTS})
_RUN_ONCE = ("spec.completions", "spec.parallelism", "spec.selector", "spec.template")
_SET = ("podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates")
_CLAIM = ("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName")
_SELECTOR = ("spec.selector",)
_PLAIN = Row()

# fmt: off
ROWS: Mapping[str, Row] = {
    "apps/Deployment": Row(replaces=_SELECTOR, ready=deployment, looks_at=_POD_OWNER),
    "apps/StatefulSet": Row(replaces=tuple(f"spec.{name}" for name in _SET), ready=stateful_set, looks_at=_POD_OWNER),
    "apps/DaemonSet": Row(replaces=_SELECTOR, ready=daemon_set, looks_at=_POD_OWNER),
    "apps/ReplicaSet": Row(replaces=_SELECTOR, ready=replica_set, looks_at=_POD_OWNER),
    "batch/Job": Row(replaces=_RUN_ONCE, ready=job, looks_at=_POD_OWNER),
    "/Pod": Row(replaces=("spec",), ready=pod, looks_at=frozenset({EVENTS})),
    "/Service": Row(replaces=("spec.clusterIP",), ready=others.service, looks_at=frozenset({SLICES}), follows=True, later=("spec.clusterIP",)),
    "/Secret": Row(replaces=("type", "stringData", "data"), unless="enableSecretMutable", always=("type",), secret=("data", "stringData")),
    "/ConfigMap": Row(replaces=("binaryData", "data"), unless="enableConfigMapMutable"),
    "/PersistentVolumeClaim": Row(replaces=_CLAIM, ready=others.claim, looks_at=frozenset({EVENTS}), timeout_seconds=5 * _MINUTE),
    "/PersistentVolume": Row(replaces=("spec",), ready=others.volume, timeout_seconds=5 * _MINUTE),
    "/Namespace": Row(ready=others.namespace),
    "/ResourceQuota": Row(replaces=("spec.scopes",)),
    "networking.k8s.io/Ingress": Row(ready=others.ingress, follows=True),
    "rbac.authorization.k8s.io/RoleBinding": Row(replaces=("roleRef",)),
    "rbac.authorization.k8s.io/ClusterRoleBinding": Row(replaces=("roleRef",)),
    "storage.k8s.io/StorageClass": Row(replaces=("parameters", "provisioner")),
    "apiextensions.k8s.io/CustomResourceDefinition": Row(ready=others.definition, timeout_seconds=_MINUTE),
    "apiregistration.k8s.io/APIService": Row(ready=others.api_service),
}
# fmt: on


def row_of(item: Mapping[str, Any]) -> Row:
    """The row of an object's kind, or the one for all others."""
    return ROWS.get(f"{group_of(str(item.get('apiVersion', '')))}/{item.get('kind', '')}", _PLAIN)


def group_of(api_version: str) -> str:
    """The group of an `apiVersion`; empty for the core."""
    return api_version.rpartition("/")[0]
