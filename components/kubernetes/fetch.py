"""The init containers that bring a release into a pod, each file checked against the digest that was planned."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from components.kubernetes import pod_security
from components.kubernetes.cluster_site import Site
from components.kubernetes.document import Document
from components.kubernetes.release_volume import ReleaseVolume

WORK = "/work"
_REQUESTS = {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}}
WRITABLE = [{"name": "work", "mountPath": WORK}, {"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - inside a pod
WRITABLE_VOLUMES = [{"name": "work", "emptyDir": {}}, {"name": "tmp", "emptyDir": {}}]


def fetch_container(
    site: Site,
    *,
    name: str,
    image: str,
    release: Mapping[str, Any],
    volume: ReleaseVolume,
    into: Sequence[str],
) -> Document:
    """Return the container that fetches one release.

    Args:
        site: The stack's place.
        name: Of the container and of its volume.
        image: What it runs in.
        release: `name` and `sha256`.
        volume: How the release comes to the pod.
        into: Options of the command that say what to write where.
    """
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": site.pull_policy,
        "command": ["python3", "-m", "serving.fetch"],
        "args": [
            *("--uri", volume.uri),
            *("--sha256", str(release["sha256"])),
            *("--model", str(release["name"])),
            *into,
        ],
        "resources": _REQUESTS,
        "securityContext": pod_security.CONTAINER,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [*WRITABLE, *volume.mounts(name)],
    }


def runtime_option(runtime: Mapping[str, Any]) -> str:
    """Return how the model is run, as the fetch takes it."""
    return json.dumps(dict(runtime), sort_keys=True)
