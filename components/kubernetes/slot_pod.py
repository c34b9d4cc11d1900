"""The pod of a slot: one Triton with one release, ready when it answers a golden row rightly.

Triton calls itself ready while it drains and after the process that runs the model died, so every probe here is a real
inference. See docs/adr/0033-probes-by-inference.md.
"""

import math
from collections.abc import Mapping
from typing import Any

from components.kubernetes import pod_security, triton
from components.kubernetes.cluster_site import Site
from components.kubernetes.document import Document
from components.kubernetes.drain import Drain
from components.kubernetes.fetch import WORK, WRITABLE, WRITABLE_VOLUMES, fetch_container, runtime_option
from components.kubernetes.model_resources import ModelResources
from components.kubernetes.object_names import POOL_LABEL
from components.kubernetes.release_volume import ReleaseVolume
from components.kubernetes.spread import spread

PROBE_FILE = f"{WORK}/probe.json"
STARTUP_PERIOD_SECONDS = 2
"""Soon after a start, as the first try comes before there is a container."""
STARTUP_TRY_SECONDS = 30
"""The least that one try of a start lasts; each that fails is an event that says why."""
READINESS_PERIOD_SECONDS, LIVENESS_PERIOD_SECONDS = 5, 10
PROBE_MARGIN_SECONDS = 5
"""For the probe's own start, on a processor that is busy."""
GPU_TAINT = "nvidia.com/gpu"


def pod_spec(
    site: Site,
    spec: Mapping[str, Any],
    *,
    resources: ModelResources,
    volume: ReleaseVolume,
    drain: Drain,
    service_account: str,
    priority_class: str | None,
) -> Document:
    """Return the spec of a slot's pods.

    Args:
        site: The stack's place.
        spec: The slot's plain values: `model`, `slot`, `release`, `runtime`, `command`.
        resources: Of one pod.
        volume: How the release comes to it.
        drain: How it stops.
        service_account: Its own, without a token.
        priority_class: Who is evicted first; None for the cluster's default.
    """
    into = [
        *("--repository-out", triton.REPOSITORY),
        *("--runtime", runtime_option(spec["runtime"])),
        *("--probe-out", PROBE_FILE),
    ]
    fetch = fetch_container(
        site, name="fetch", image=site.triton_image, release=spec["release"], volume=volume, into=into
    )
    return {
        "serviceAccountName": service_account,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": pod_security.POD,
        "terminationGracePeriodSeconds": drain.grace_seconds,
        "initContainers": [fetch],
        "containers": [_server(site, spec, resources, drain)],
        "volumes": [
            *WRITABLE_VOLUMES,
            {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": f"{resources.shm_mib}Mi"}},
            *volume.volumes("fetch"),
        ],
        "topologySpreadConstraints": spread(site.labels("model", model=spec["model"], slot=spec["slot"])),
        **site.image_pulls,
        **_placement(resources),
        **({"priorityClassName": priority_class} if priority_class else {}),
    }


def _server(site: Site, spec: Mapping[str, Any], resources: ModelResources, drain: Drain) -> Document:
    key = {"secretKeyRef": {"name": triton.ADMIN_SECRET, "key": "key"}}
    return {
        "name": "triton",
        "image": site.triton_image,
        "imagePullPolicy": site.pull_policy,
        "command": list(spec["command"]),
        "env": [{"name": triton.ADMIN_KEY_VARIABLE, "valueFrom": key}],
        "ports": [
            {"name": "http", "containerPort": triton.HTTP_PORT},
            {"name": "grpc", "containerPort": triton.GRPC_PORT},
            {"name": "metrics", "containerPort": triton.METRICS_PORT},
        ],
        "resources": _amounts(resources),
        "securityContext": pod_security.CONTAINER,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [*WRITABLE, {"name": "shm", "mountPath": "/dev/shm"}],  # noqa: S108 - inside a pod
        "lifecycle": {"preStop": {"sleep": {"seconds": drain.pre_stop_seconds}}},
        **_probes(site.start_seconds(resources.pool), site.request_timeout_seconds),
    }


def _probes(start_seconds: float, request_seconds: float) -> Document:
    """Return the probes; each waits for an answer as long as a user would.

    With less patience a queue that users get through would take every replica out of the Service at once.
    """
    tries = max(1, math.floor(start_seconds / max(STARTUP_TRY_SECONDS, 2 * request_seconds)))
    patience = math.ceil(start_seconds / tries)
    starting = _ask(request_seconds, patience, "--patience-seconds", str(patience))
    return {
        "startupProbe": {**starting, "periodSeconds": STARTUP_PERIOD_SECONDS, "failureThreshold": tries},
        "readinessProbe": {
            **_ask(request_seconds, request_seconds),
            "periodSeconds": READINESS_PERIOD_SECONDS,
            "failureThreshold": 2,
        },
        # Only what answers wrongly or not at all is restarted: a restart answers nobody sooner than a queue does.
        "livenessProbe": {
            **_ask(request_seconds, request_seconds, "--silence-is-work"),
            "periodSeconds": LIVENESS_PERIOD_SECONDS,
            "failureThreshold": 4,
        },
    }


def _ask(answer_seconds: float, longest_seconds: float, *options: str) -> Document:
    command = ["python3", "-m", "serving.golden_probe", PROBE_FILE, "--timeout-seconds", str(math.ceil(answer_seconds))]
    return {
        "exec": {"command": [*command, *options]},
        "timeoutSeconds": math.ceil(longest_seconds) + PROBE_MARGIN_SECONDS,
    }


def _amounts(resources: ModelResources) -> Document:
    memory = f"{resources.memory_mib}Mi"
    gpus = {resources.accelerator: resources.gpu} if resources.gpu else {}
    # No limit for the processor: a limit makes an idle machine answer late.
    return {
        "requests": {"cpu": f"{round(resources.cpu * 1000)}m", "memory": memory, **gpus},
        "limits": {"memory": memory, **gpus},
    }


def _placement(resources: ModelResources) -> Document:
    placed: Document = {"nodeSelector": {POOL_LABEL: resources.pool}} if resources.pool else {}
    if resources.gpu:
        placed["tolerations"] = [{"key": GPU_TAINT, "operator": "Exists", "effect": "NoSchedule"}]
    return placed
