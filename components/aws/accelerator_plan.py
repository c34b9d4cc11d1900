"""What runs on every GPU node besides models: what offers the GPUs to Kubernetes, and what measures them.

AL2023's NVIDIA image has driver and toolkit but no device plugin; Bottlerocket has one of its own, and a second one
would register each GPU twice (bottlerocket #3992). So there is one device plugin per node image, never two.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.aws.upstream_images import DCGM_EXPORTER, DEVICE_PLUGIN, UpstreamImage
from components.kubernetes.model_resources import GPU
from components.kubernetes.object_names import POOL_LABEL

NAMESPACE, EXPORTER = "slipway-accelerators", "dcgm-exporter"
METRICS_PORT = 9400
PLUGINS_DIR, RESOURCES_DIR, MPS_DIR = (
    "/var/lib/kubelet/device-plugins",
    "/var/lib/kubelet/pod-resources",
    "/run/nvidia/mps",
)
TOLERATIONS = [{"key": GPU, "operator": "Exists", "effect": "NoSchedule"}]
ALL_GPUS = [
    {"name": "NVIDIA_VISIBLE_DEVICES", "value": "all"},
    {"name": "NVIDIA_DRIVER_CAPABILITIES", "value": "compute,utility"},
]
NODE_NAME = {"name": "NODE_NAME", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}
NO_TOKEN = {"automountServiceAccountToken": False}
CONFIG_DIR, CONFIG_FILE = "/etc/nvidia-device-plugin", "config.json"


@dataclass(frozen=True, kw_only=True)
class Agent:
    """One DaemonSet.

    Args:
        name: also of its pods' label.
        image: by digest.
        pools: whose nodes carry it.
        pod: its spec, without what all agents share.
        config: content of a file that it reads; empty for none.
    """

    name: str
    image: str
    pools: tuple[str, ...]
    pod: Mapping[str, Any]
    config: str = ""


def needed_images(plans: Mapping[str, Mapping[str, Any]]) -> list[UpstreamImage]:
    """Return the images that nodes of these pools run."""
    plugin = [DEVICE_PLUGIN] if any(plan["device_plugin"] for plan in plans.values()) else []
    return [*plugin, *([DCGM_EXPORTER] if plans else [])]


def agents(plans: Mapping[str, Mapping[str, Any]], images: Mapping[str, str]) -> Iterator[Agent]:
    """Yield every DaemonSet that these pools need.

    Args:
        plans: of the pools, as `pool_plan` makes them.
        images: path of an upstream image → our copy, by digest.
    """
    if not plans:
        return
    yield _exporter(tuple(plans), images[DCGM_EXPORTER.path])
    groups: dict[tuple[str, int], list[str]] = {}
    for name, plan in plans.items():
        if plan["device_plugin"]:
            groups.setdefault((plan["sharing"], plan["pods_per_gpu"]), []).append(name)
    for (sharing, pods), pools in groups.items():
        image = images[DEVICE_PLUGIN.path]
        suffix = "" if sharing == "none" else f"-{sharing.replace('_', '-')}-{pods}"
        yield _plugin(f"nvidia-device-plugin{suffix}", image, pools, plugin_config(sharing, pods))
        if sharing == "mps":
            yield _mps(f"mps-control{suffix}", image, pools, plugin_config(sharing, pods))


def plugin_config(sharing: str, pods: int) -> str:
    """Return the device plugin's file: how often it offers each GPU.

    Source: https://github.com/NVIDIA/k8s-device-plugin#shared-access-to-gpus
    """
    if sharing == "none":
        return ""
    offered = {"resources": [{"name": GPU, "replicas": pods}]}
    key = {"time_slicing": "timeSlicing", "mps": "mps"}[sharing]
    return json.dumps({"version": "v1", "sharing": {key: offered}}, sort_keys=True)


def daemon_set_spec(agent: Agent) -> dict[str, Any]:
    """Return the spec of an agent's DaemonSet: on the nodes of its pools, ahead of models, without an API token."""
    pools = {"key": POOL_LABEL, "operator": "In", "values": sorted(agent.pools)}
    terms = [{"matchExpressions": [pools]}]
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}}
    labels = agent_labels(agent.name)
    shared: dict[str, Any] = {
        "affinity": affinity,
        "tolerations": TOLERATIONS,
        "priorityClassName": "system-node-critical",
        "serviceAccountName": agent.name,
        **NO_TOKEN,
    }
    return {
        "selector": {"matchLabels": {"app.kubernetes.io/name": agent.name}},
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "10%"}},
        "template": {"metadata": {"labels": labels}, "spec": {**shared, **agent.pod}},
    }


def agent_labels(name: str) -> dict[str, str]:
    """Return the labels of an agent and its pods."""
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": "accelerator",
        "app.kubernetes.io/part-of": "slipway",
    }


def network_policies(monitoring_namespace: str) -> dict[str, dict[str, Any]]:
    """Return what may pass: nothing, but for Prometheus to the exporter."""
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    closed = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    reader = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": monitoring_namespace}}}
    read = {
        "podSelector": {"matchLabels": {"app.kubernetes.io/name": EXPORTER}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [reader], "ports": [{"port": METRICS_PORT, "protocol": "TCP"}]}],
    }
    return {
        "default-deny": {**kind, "metadata": {"name": "default-deny", "namespace": NAMESPACE}, "spec": closed},
        "metrics-policy": {**kind, "metadata": {"name": EXPORTER, "namespace": NAMESPACE}, "spec": read},
    }


def _exporter(pools: tuple[str, ...], image: str) -> Agent:
    container = {
        "name": "exporter",
        "image": image,
        "env": [
            NODE_NAME,
            *ALL_GPUS,
            {"name": "DCGM_EXPORTER_KUBERNETES", "value": "true"},
            {"name": "DCGM_EXPORTER_LISTEN", "value": f":{METRICS_PORT}"},
        ],
        "ports": [{"name": "metrics", "containerPort": METRICS_PORT}],
        "readinessProbe": {"httpGet": {"path": "/health", "port": METRICS_PORT}, "initialDelaySeconds": 30},
        "livenessProbe": {"httpGet": {"path": "/health", "port": METRICS_PORT}, "initialDelaySeconds": 60},
        # Profiling counters need SYS_ADMIN, and without it Bottlerocket shows no GPU to a pod that has asked for none.
        "securityContext": _security("SYS_ADMIN"),
        "resources": {"requests": {"cpu": "50m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
        "volumeMounts": [
            {"name": "pod-resources", "mountPath": RESOURCES_DIR, "readOnly": True},
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - an empty volume of the pod's own
        ],
    }
    volumes = [_host("pod-resources", RESOURCES_DIR, "Directory"), {"name": "tmp", "emptyDir": {}}]
    return Agent(name=EXPORTER, image=image, pools=pools, pod={"containers": [container], "volumes": volumes})


def _plugin(name: str, image: str, pools: Sequence[str], config: str) -> Agent:
    mps = '"mps"' in config
    mounts = [{"name": "plugins", "mountPath": PLUGINS_DIR}, *_config_mount(config)]
    volumes = [_host("plugins", PLUGINS_DIR, "Directory"), *_config_volume(name, config)]
    if mps:
        mounts += [{"name": "mps", "mountPath": "/mps"}, {"name": "mps-shm", "mountPath": "/dev/shm"}]  # noqa: S108
        volumes += _mps_volumes()
    container = {
        "name": "plugin",
        "image": image,
        "command": ["nvidia-device-plugin"],
        "env": [*ALL_GPUS, *([{"name": "MPS_ROOT", "value": MPS_DIR}] if mps else []), *_config_env(config)],
        "securityContext": _security(),
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "volumeMounts": mounts,
    }
    pod = {"containers": [container], "volumes": volumes}
    return Agent(name=name, image=image, pools=tuple(pools), pod=pod, config=config)


def _mps(name: str, image: str, pools: Sequence[str], config: str) -> Agent:
    """The control daemon: one per node, privileged because it mounts the memory that its clients share."""
    privileged = {"privileged": True, "runAsUser": 0}
    root = {"name": "mps", "mountPath": "/mps"}
    mount = {
        "name": "mount-shm",
        "image": image,
        "command": ["mps-control-daemon", "mount-shm"],
        "securityContext": privileged,
        "volumeMounts": [{**root, "mountPropagation": "Bidirectional"}],
    }
    daemon = {
        "name": "daemon",
        "image": image,
        "command": ["mps-control-daemon"],
        "env": [NODE_NAME, *ALL_GPUS, *_config_env(config)],
        "securityContext": privileged,
        "resources": {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "volumeMounts": [root, {"name": "mps-shm", "mountPath": "/dev/shm"}, *_config_mount(config)],  # noqa: S108
    }
    pod = {
        "initContainers": [mount],
        "containers": [daemon],
        "volumes": [*_mps_volumes(), *_config_volume(name, config)],
    }
    return Agent(name=name, image=image, pools=tuple(pools), pod=pod, config=config)


def _security(*added: str) -> dict[str, Any]:
    capabilities = {"drop": ["ALL"], **({"add": list(added)} if added else {})}
    return {
        "runAsUser": 0,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": capabilities,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def _host(name: str, path: str, kind: str) -> dict[str, Any]:
    return {"name": name, "hostPath": {"path": path, "type": kind}}


def _mps_volumes() -> list[dict[str, Any]]:
    return [_host("mps", MPS_DIR, "DirectoryOrCreate"), {"name": "mps-shm", "hostPath": {"path": f"{MPS_DIR}/shm"}}]


def _config_env(config: str) -> list[dict[str, str]]:
    return [{"name": "CONFIG_FILE", "value": f"{CONFIG_DIR}/{CONFIG_FILE}"}] if config else []


def _config_mount(config: str) -> list[dict[str, Any]]:
    return [{"name": "config", "mountPath": CONFIG_DIR, "readOnly": True}] if config else []


def _config_volume(name: str, config: str) -> list[dict[str, Any]]:
    return [{"name": "config", "configMap": {"name": name}}] if config else []
