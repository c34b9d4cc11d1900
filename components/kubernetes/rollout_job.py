"""A Job that runs a gate or a shift once, with the rights for the routes of one model and no more.

Its name changes with its content: another release, other limits or another plan is another Job, and the same is none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pulumi

from components.kubernetes import pod_security
from components.kubernetes.cluster_site import GATEWAY_GROUP, OPERATOR_KEY, OPERATOR_KEY_FOLDER, Site
from components.kubernetes.document import Document
from components.kubernetes.fetch import WRITABLE, WRITABLE_VOLUMES
from components.kubernetes.manifest import Manifest
from components.kubernetes.network_rules import job_policy
from components.kubernetes.object_names import content_name, object_name
from components.kubernetes.release_volume import ReleaseVolume
from serving.gateway_names import KEY_HEADER

START_MARGIN_SECONDS = 180
"""For scheduling, pulling and fetching."""
ROUTE_SECONDS = 60
"""How long the proxies may take to know a route or a pod that the API server has."""
GRACE_SECONDS = 90
"""For a shift that is told to end: it puts traffic back first."""
AWAIT_MARGIN_SECONDS = 60
"""That whoever waits for a Job waits longer than it may run: a Job that is given up on goes on."""
KEY_OPTION = ("--header-from-file", f"{KEY_HEADER}={OPERATOR_KEY_FOLDER}/key")
_RESOURCES = {"requests": {"cpu": "200m", "memory": "256Mi"}, "limits": {"memory": "1Gi"}}


@dataclass(frozen=True, kw_only=True)
class Rollout:
    """What one Job runs.

    Args:
        kind: Which program.
        model: The model's name.
        name: What its objects are named, without the part that changes.
        arguments: Of the program.
        fetches: The init containers.
        releases: How the releases come to the pod, by the name of the container that fetches them.
        longest_seconds: The longest that the program takes.
        verbs: What it may do with the model's routes.
        priority_class: That of live slots, where there are classes: nothing pushes aside what watches traffic.
        volumes: Besides those of every Job.
        mounts: Besides those of every Job.
    """

    kind: Literal["gate", "shift"]
    model: str
    name: str
    arguments: Sequence[str]
    fetches: Sequence[Document]
    releases: Mapping[str, ReleaseVolume]
    longest_seconds: float
    verbs: Sequence[str]
    priority_class: str | None = None
    volumes: Sequence[Document] = ()
    mounts: Sequence[Document] = ()


def rollout_job(
    parent: pulumi.Resource, name: str, site: Site, rollout: Rollout, after: Sequence[pulumi.Resource]
) -> Manifest:
    """Register a Job with its account, role and network policy, and return the Job.

    Args:
        parent: The component that it belongs to.
        name: Logical name of the Job.
        site: The stack's place.
        rollout: What it runs.
        after: What must be there before it starts.
    """

    def manifest(role: str, document: Document, *before: pulumi.Resource) -> Manifest:
        return Manifest(f"{name}{role}", document, pulumi.ResourceOptions(parent=parent, depends_on=list(before)))

    rights = [manifest(f"-{role}", document) for role, document in access(site, rollout).items()]
    return manifest("", job(site, rollout), *rights, *after)


def access(site: Site, rollout: Rollout) -> dict[str, Document]:
    """Return a Job's account, what it may do, and whom it may talk to."""
    labels = site.labels(rollout.kind, model=rollout.model)
    metadata = site.metadata(rollout.name, labels)
    rules = [
        {
            "apiGroups": [GATEWAY_GROUP],
            "resources": ["httproutes", "grpcroutes"],
            "resourceNames": [object_name(rollout.model)],
            "verbs": list(rollout.verbs),
        }
    ]
    rbac = "rbac.authorization.k8s.io"
    role = {"apiGroup": rbac, "kind": "Role", "name": rollout.name}
    subject = {"kind": "ServiceAccount", "name": rollout.name, "namespace": site.namespace}
    from_s3 = any(volume.from_s3 for volume in rollout.releases.values())
    return {
        "account": {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": metadata,
            "automountServiceAccountToken": False,
        },
        "role": {"apiVersion": f"{rbac}/v1", "kind": "Role", "metadata": metadata, "rules": rules},
        "binding": {
            "apiVersion": f"{rbac}/v1",
            "kind": "RoleBinding",
            "metadata": metadata,
            "roleRef": role,
            "subjects": [subject],
        },
        "network": job_policy(site, rollout.name, labels, from_s3=from_s3),
    }


def job(site: Site, rollout: Rollout) -> Document:
    """Return the Job."""
    labels = site.labels(rollout.kind, model=rollout.model)
    template = {"metadata": {"labels": labels}, "spec": _pod(site, rollout)}
    spec: Document = {
        "backoffLimit": 0,
        "completions": 1,
        "parallelism": 1,
        "activeDeadlineSeconds": int(rollout.longest_seconds) + START_MARGIN_SECONDS,
        # A pod that its node took along was not wrong; the program finds out where it was.
        "podFailurePolicy": {
            "rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}]
        },
        "podReplacementPolicy": "Failed",
        "template": template,
    }
    annotations = {
        # A Job that failed is made anew by the next `up`, though nothing of it changed.
        "pulumi.com/replaceUnready": "true",
        "pulumi.com/timeoutSeconds": str(spec["activeDeadlineSeconds"] + AWAIT_MARGIN_SECONDS),
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": site.metadata(content_name(rollout.name, spec), labels, annotations=annotations),
        "spec": spec,
    }


def _pod(site: Site, rollout: Rollout) -> Document:
    key = {"name": OPERATOR_KEY, "secret": {"secretName": OPERATOR_KEY, "defaultMode": 0o440}}
    releases = [each for name, volume in rollout.releases.items() for each in volume.volumes(name)]
    return {
        **site.image_pulls,
        "restartPolicy": "Never",
        "serviceAccountName": rollout.name,
        # It reads and writes the routes of its model.
        "automountServiceAccountToken": True,
        "enableServiceLinks": False,
        "terminationGracePeriodSeconds": GRACE_SECONDS,
        "securityContext": pod_security.POD,
        "initContainers": list(rollout.fetches),
        "containers": [_container(site, rollout)],
        "volumes": [*WRITABLE_VOLUMES, key, *releases, *rollout.volumes],
        **({"priorityClassName": rollout.priority_class} if rollout.priority_class else {}),
    }


def _container(site: Site, rollout: Rollout) -> dict[str, Any]:
    key = {"name": OPERATOR_KEY, "mountPath": OPERATOR_KEY_FOLDER, "readOnly": True}
    return {
        "name": rollout.kind,
        "image": site.rollout_image,
        "imagePullPolicy": site.pull_policy,
        "command": ["python3", "-m", f"serving.{rollout.kind}"],
        "args": list(rollout.arguments),
        "resources": _RESOURCES,
        "securityContext": pod_security.CONTAINER,
        # The last lines of its log say why it failed; they become the message that `up` shows.
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [*WRITABLE, key, *rollout.mounts],
    }
