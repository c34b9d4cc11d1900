"""The two profiles of the cloud, complete: what a stack file does not say is said here.

A stack file overrides single values; a choice with another `kind` replaces the preset's choice as a whole.
"""

import copy
from collections.abc import Mapping
from typing import Any

_RUNBOOKS = "https://github.com/slipway/slipway/blob/main/docs/runbooks.md#"

DEV: dict[str, Any] = {
    "network": {
        "cidr": "10.0.0.0/16",
        "zones": ["use1-az1", "use1-az2"],
        "nat": {"kind": "in_zone", "zone": "use1-az1"},
        "endpoints": {"kind": "s3_only"},
        "flow_logs": {"kind": "s3", "traffic": "REJECT", "days": 14},
        "internet_facing": True,
    },
    "cluster": {
        "kubernetes_version": "1.35",
        "control_plane_logs": ["api", "audit", "authenticator"],
        "log_retention_days": 14,
        "support": "STANDARD",
        "deletion_protection": False,
        "scaling_tier": "standard",
        "system_nodes": {"instance_type": "t3.large", "nodes_per_zone": 1, "os": "al2023", "disk_gib": 40},
    },
    "node_pools": {
        "gpu": {
            "kind": "karpenter",
            "instance_types": ["g6.xlarge", "g5.xlarge", "g4dn.xlarge"],
            "capacity": ["spot", "on-demand"],
            "os": "al2023",
            "ami_release": "latest",
            "gpu_limit": 1,
            "disk_gib": 150,
            "drain_minutes": 10,
            "expire_after_hours": 168,
        }
    },
    "registry": {"repositories": ["slipway/triton", "slipway/rollout"], "scan": "basic", "keep_releases": 10},
    "artifact_store": {"lock": {"kind": "none"}, "noncurrent_days": 7},
    "edge": {
        "throttle": {"requests_per_second": 50, "burst": 100},
        "routes": [{"key": "ANY /v2/{proxy+}", "auth": "gateway"}],
        "timeout_ms": 29000,
        "grpc": {"kind": "none"},
        "log_retention_days": 14,
    },
    "alerts": {"runbook_base_url": _RUNBOOKS},
    "budget": {"monthly_usd": 600, "alert_percent": [50, 80, 100], "anomaly_usd": 20},
}

PROD: dict[str, Any] = {
    "network": {
        "cidr": "10.0.0.0/16",
        "zones": ["use1-az1", "use1-az2", "use1-az4"],
        "nat": {"kind": "per_zone"},
        "endpoints": {"kind": "core"},
        "flow_logs": {"kind": "s3", "traffic": "ALL", "days": 90},
        "internet_facing": True,
    },
    "cluster": {
        "kubernetes_version": "1.35",
        "api": {"kind": "private"},
        "control_plane_logs": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "log_retention_days": 90,
        "support": "EXTENDED",
        "deletion_protection": True,
        "scaling_tier": "standard",
        "zonal_shift": True,
        "system_nodes": {
            "instance_type": "m7i.xlarge",
            "nodes_per_zone": 1,
            "os": "al2023",
            "release_version": "1.35.3-20260415",
            "disk_gib": 40,
        },
        "addons": {
            "aws-ebs-csi-driver": "v1.66.0-eksbuild.1",
            "coredns": "v1.13.2-eksbuild.21",
            "eks-node-monitoring-agent": "v1.6.4-eksbuild.1",
            "eks-pod-identity-agent": "v1.3.10-eksbuild.3",
            "kube-proxy": "v1.35.3-eksbuild.21",
            "metrics-server": "v0.8.1-eksbuild.10",
            "vpc-cni": "v1.22.4-eksbuild.3",
        },
    },
    "node_pools": {
        "gpu": {
            "kind": "karpenter",
            "instance_types": ["g6.xlarge", "g6.2xlarge", "g5.xlarge"],
            "capacity": ["on-demand"],
            "os": "bottlerocket",
            "ami_release": "v1.64.0",
            "gpu_limit": 4,
            "disk_gib": 200,
            "drain_minutes": 30,
            "expire_after_hours": 720,
        }
    },
    "registry": {"repositories": ["slipway/triton", "slipway/rollout"], "scan": "enhanced", "keep_releases": 30},
    "artifact_store": {
        "lock": {"kind": "object_lock", "mode": "GOVERNANCE", "days": 30},
        "noncurrent_days": 90,
        "from_network_only": True,
    },
    "edge": {
        "throttle": {"requests_per_second": 1000, "burst": 2000},
        "routes": [{"key": "ANY /v2/{proxy+}", "auth": "jwt"}],
        "timeout_ms": 29000,
        "grpc": {"kind": "internal"},
        "log_retention_days": 90,
    },
    "alerts": {"runbook_base_url": _RUNBOOKS},
    "budget": {"monthly_usd": 2600, "alert_percent": [50, 80, 100], "anomaly_usd": 100},
}

PRESETS: dict[str, dict[str, Any]] = {"dev": DEV, "prod": PROD}


def with_preset(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return a platform's raw values on top of those of its profile; of dev when the profile is unknown."""
    return merged(copy.deepcopy(PRESETS.get(str(raw.get("profile")), DEV)), raw)


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return `base` with the values of `over`; a mapping with another `kind` replaces instead of merging."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping) and _same_kind(below, value):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def _same_kind(below: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    return "kind" not in value or value["kind"] == below.get("kind")
