"""The pods of a small cluster, of two slots, a gate and a shift, as the pack is shown them."""

from typing import Any, Final

NAMESPACE: Final = "models"
MODEL: Final = "tumours"
IMAGE: Final = f"registry.example.com/slipway-triton@sha256:{'e' * 64}"
ROLLOUT: Final = f"registry.example.com/slipway-rollout@sha256:{'f' * 64}"
ADMIN_APIS: Final = "model-repository,model-config,shared-memory,statistics,trace,logging"
DIGESTS: Final = {"blue": "c" * 64, "green": "d" * 64}
RELEASES: Final = {
    slot: {"name": MODEL, "version": version, "uri": f"s3://releases/{MODEL}/{version}", "sha256": DIGESTS[slot]}
    for slot, version in (("blue", "1"), ("green", "2"))
}
GPU_TAINT: Final = {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}
PORTS: Final = {"http": 8000, "grpc": 8001, "metrics": 8002}
WORK: Final = "/work"
OWN_PROBE: Final = {"command": ["python3", "-m", "serving.golden_probe", f"{WORK}/probe.json"]}


def labels(component: str, slot: str = "") -> dict[str, str]:
    """Return the labels of an object of the stack."""
    found = {
        "app.kubernetes.io/part-of": "slipway",
        "app.kubernetes.io/component": component,
        "slipway.dev/stack": "local",
    }
    if component != "gateway":
        found["slipway.dev/model"] = MODEL
    if slot:
        found |= {"slipway.dev/slot": slot, "slipway.dev/release": DIGESTS[slot][:32]}
    return found


def metadata(name: str, component: str = "model", slot: str = "", namespace: str = NAMESPACE) -> dict[str, Any]:
    """Return the metadata of an object of the stack."""
    return {"name": name, "namespace": namespace, "labels": labels(component, slot)}


POD_SECURITY: Final = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}


def _closed() -> dict[str, Any]:
    return {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip


def _probe(period: int, failures: int) -> dict[str, Any]:
    return {"exec": dict(OWN_PROBE), "periodSeconds": period, "failureThreshold": failures, "timeoutSeconds": 3}


def server() -> dict[str, Any]:
    """Return the container that serves a model."""
    key = "x-slipway-admin=$(SLIPWAY_ADMIN_KEY)"
    return {
        "name": "triton",
        "image": IMAGE,
        "command": ["/opt/tritonserver/bin/tritonserver"],
        "args": [
            f"--model-repository={WORK}/repository", "--model-control-mode=explicit", f"--load-model={MODEL}",
            f"--http-restricted-api={ADMIN_APIS}:{key}", f"--grpc-restricted-protocol={ADMIN_APIS}:{key}",
            "--exit-timeout-secs=20",
        ],
        "env": [
            {"name": "SLIPWAY_ADMIN_KEY", "valueFrom": {"secretKeyRef": {"name": "triton-admin", "key": "key"}}},
        ],
        "resources": {
            "requests": {"cpu": "2", "memory": "8Gi"},
            "limits": {"memory": "8Gi", "nvidia.com/gpu": 1},
        },
        "startupProbe": _probe(5, 60), "readinessProbe": _probe(5, 2), "livenessProbe": _probe(10, 6),
        "lifecycle": {"preStop": {"sleep": {"seconds": 15}}},
        "securityContext": _closed(),
        "volumeMounts": [{"name": "work", "mountPath": WORK}, {"name": "shm", "mountPath": "/dev/shm"}],  # noqa: S108 - inside a pod
    }  # fmt: skip


def _fetch(slot: str) -> dict[str, Any]:
    return {
        "name": "fetch",
        "image": IMAGE,
        "command": ["python3", "-m", "serving.fetch"],
        "args": ["--uri", RELEASES[slot]["uri"], "--sha256", DIGESTS[slot], "--model", MODEL],
        "resources": {"requests": {"cpu": "1", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
        "securityContext": _closed(),
        "volumeMounts": [{"name": "work", "mountPath": WORK}],
    }


def pod(slot: str) -> dict[str, Any]:
    """Return the template of a slot's pods."""
    return {
        "metadata": {
            "labels": labels("model", slot),
            "annotations": {"slipway.dev/release-sha256": DIGESTS[slot]},
        },
        "spec": {
            "serviceAccountName": f"{MODEL}-{slot}",
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 60,
            "securityContext": POD_SECURITY,
            "nodeSelector": {"slipway.dev/pool": "gpu"},
            "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
            "initContainers": [_fetch(slot)],
            "containers": [server()],
            "volumes": [
                {"name": "work", "emptyDir": {"sizeLimit": "8Gi"}},
                {"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
            ],
        },
    }


def job(kind: str) -> dict[str, Any]:
    """Return the Job of a gate or a shift."""
    return {
        "metadata": metadata(f"{MODEL}-{kind}", kind),
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": 900,
            "template": {
                "metadata": {"labels": labels(kind)},
                "spec": {
                    "serviceAccountName": f"{MODEL}-{kind}",
                    "automountServiceAccountToken": True,
                    "restartPolicy": "Never",
                    "securityContext": POD_SECURITY,
                    "containers": [{
                        "name": kind, "image": ROLLOUT, "command": ["python3", "-m", f"serving.{kind}"],
                        "resources": {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}},
                        "securityContext": _closed(), "terminationMessagePolicy": "FallbackToLogsOnError",
                    }],
                },
            },
        },
    }  # fmt: skip
