"""What a small cluster looks like to the pack, valid in everything; tests spoil one thing of it."""

from collections.abc import Iterator
from typing import Any, Final

from mechanics.facts import Resource
from planned_pods import (
    DIGESTS,
    GPU_TAINT,
    IMAGE,
    MODEL,
    NAMESPACE,
    PORTS,
    RELEASES,
    job,
    labels,
    metadata,
    pod,
    server,
)

GATEWAY_SPEC: Final = {
    "clients": {"clinic": {"models": [MODEL], "may_pin_slots": False}},
    "max_request_bytes": 4194304,
    "request_timeout_seconds": 15,
    "namespace": NAMESPACE,
    "gateway_namespace": "envoy-gateway-system",
}


def _slot(slot: str, number: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    name = f"{MODEL}-{slot}"
    selector = {"app.kubernetes.io/component": "model", "slipway.dev/model": MODEL, "slipway.dev/slot": slot}
    meta = metadata(name, "model", slot)
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}
    yield "apps/v1:Deployment", name, {
        "metadata": meta, "spec": {"selector": {"matchLabels": selector}, "strategy": strategy, "template": pod(slot)},
    }  # fmt: skip
    yield "core/v1:Service", f"{name}-service", {
        "metadata": meta, "spec": {
            "type": "ClusterIP", "selector": selector,
            "ports": [{"name": name, "port": port} for name, port in PORTS.items()],
        },
    }  # fmt: skip
    yield "core/v1:ServiceAccount", f"{name}-account", {"metadata": meta, "automountServiceAccountToken": False}
    yield "policy/v1:PodDisruptionBudget", f"{name}-budget", {
        "metadata": meta, "spec": {
            "selector": {"matchLabels": selector}, "maxUnavailable": 1, "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }  # fmt: skip
    yield "networking.k8s.io/v1:NetworkPolicy", f"{name}-network", {
        "metadata": meta, "spec": {
            "podSelector": {"matchLabels": selector}, "policyTypes": ["Ingress", "Egress"],
            "ingress": [
                {"from": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "gateways"}}}],
                 "ports": [{"port": 8000}, {"port": 8001}]},
            ],
            "egress": [{"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}],
        },
    }  # fmt: skip
    yield "autoscaling/v2:HorizontalPodAutoscaler", f"{name}-autoscaler", {
        "metadata": meta, "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 2, "maxReplicas": 3 + number,
            "metrics": [{"type": "Pods", "pods": {"metric": {"name": "slipway_queue_seconds"}}}],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 300}},
        },
    }  # fmt: skip


def _backends(*slots: str, weights: tuple[int, ...] = ()) -> list[dict[str, Any]]:
    refs: list[dict[str, Any]] = [{"kind": "Service", "name": f"{MODEL}-{slot}", "port": 8000} for slot in slots]
    return [{**ref, "weight": weight} for ref, weight in zip(refs, weights, strict=True)] if weights else refs


def _routes() -> Iterator[tuple[str, str, dict[str, Any]]]:
    parent = [{"name": "gateway"}]
    match = {"path": {"type": "RegularExpression", "value": f"/v2/models/{MODEL}(/versions/[0-9]+)?/infer"}}
    group = "gateway.networking.k8s.io/v1"
    yield f"{group}:HTTPRoute", f"{MODEL}-route", {
        "metadata": metadata(MODEL), "spec": {
            "parentRefs": parent,
            "rules": [{"matches": [match], "backendRefs": _backends("blue", "green", weights=(100, 0))}],
        },
    }  # fmt: skip
    yield f"{group}:HTTPRoute", f"{MODEL}-blue-route", {
        "metadata": metadata(f"{MODEL}-blue", slot="blue"), "spec": {
            "parentRefs": parent, "rules": [{"matches": [match], "backendRefs": _backends("blue")}],
        },
    }  # fmt: skip
    target = {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute"}
    keys = {
        "credentialRefs": [{"name": "gateway-keys"}], "extractFrom": [{"headers": ["x-api-key"]}],
        "forwardClientIDHeader": "x-slipway-client", "sanitize": True,
    }  # fmt: skip
    for name, route in ((MODEL, MODEL), (f"{MODEL}-pinned", f"{MODEL}-blue")):
        yield "gateway.envoyproxy.io/v1alpha1:SecurityPolicy", f"{name}-access", {
            "metadata": metadata(name), "spec": {
                "targetRefs": [{**target, "name": route}], "apiKeyAuth": keys,
                "authorization": {"defaultAction": "Deny", "rules": []},
            },
        }  # fmt: skip
    yield "gateway.envoyproxy.io/v1alpha1:BackendTrafficPolicy", "gateway-traffic", {
        "metadata": metadata("gateway", "gateway"), "spec": {
            "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gateway"}],
            "rateLimit": {"type": "Local", "local": {"rules": [{"limit": {"requests": 1000, "unit": "Second"}}]}},
            "timeout": {"http": {"requestTimeout": "15s"}},
        },
    }  # fmt: skip


def _gateway() -> Iterator[tuple[str, str, dict[str, Any]]]:
    certificate = {"mode": "Terminate", "certificateRefs": [{"name": "gateway-tls"}]}
    yield "gateway.networking.k8s.io/v1:Gateway", "door", {
        "metadata": metadata("gateway", "gateway"), "spec": {
            "gatewayClassName": "slipway-models",
            "listeners": [{"name": "https", "protocol": "HTTPS", "port": 443, "tls": certificate}],
        },
    }  # fmt: skip
    yield "gateway.envoyproxy.io/v1alpha1:ClientTrafficPolicy", "door-clients", {
        "metadata": metadata("gateway", "gateway"), "spec": {
            "targetRefs": [{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "gateway"}],
            "tls": {"minVersion": "1.2"}, "path": {"escapedSlashesAction": "RejectRequest"},
        },
    }  # fmt: skip
    yield "gateway.envoyproxy.io/v1alpha1:EnvoyProxy", "proxies", {
        "metadata": metadata("gateway", "gateway"), "spec": {
            "provider": {"type": "Kubernetes", "kubernetes": {
                "envoyService": {"type": "ClusterIP", "name": "models-gateway"},
                "envoyDeployment": {"container": {"image": IMAGE}},
            }},
            "telemetry": {"accessLog": {"settings": [{"format": {
                "type": "JSON", "json": {"path": "%REQ(:PATH)%", "client": "%REQ(X-SLIPWAY-CLIENT)%"},
            }}]}},
        },
    }  # fmt: skip


def _rollout() -> Iterator[tuple[str, tuple[str, str, dict[str, Any]]]]:
    for kind in ("gate", "shift"):
        name = f"{MODEL}-{kind}"
        account = {"metadata": metadata(name, kind), "automountServiceAccountToken": False}
        yield kind, ("core/v1:ServiceAccount", f"{name}-account", account)
        yield kind, ("batch/v1:Job", f"{name}-job", job(kind))
    role = {
        "metadata": metadata(f"{MODEL}-shift", "shift"), "rules": [{
            "apiGroups": ["gateway.networking.k8s.io"], "resources": ["httproutes", "grpcroutes"],
            "resourceNames": [MODEL], "verbs": ["get", "patch"],
        }],
    }  # fmt: skip
    yield "shift", ("rbac.authorization.k8s.io/v1:Role", f"{MODEL}-shift-role", role)
    binding = {
        "metadata": metadata(f"{MODEL}-shift", "shift"),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": f"{MODEL}-shift"},
        "subjects": [{"kind": "ServiceAccount", "name": f"{MODEL}-shift", "namespace": NAMESPACE}],
    }
    yield "shift", ("rbac.authorization.k8s.io/v1:RoleBinding", f"{MODEL}-shift-binding", binding)


def _nodes() -> Iterator[tuple[str, str, dict[str, Any]]]:
    requirements = {"node.kubernetes.io/instance-type": ["g6.xlarge", "g5.xlarge"],
                    "karpenter.sh/capacity-type": ["on-demand"], "topology.k8s.aws/zone-id": ["use1-az1"]}  # fmt: skip
    yield "karpenter.sh/v1:NodePool", "gpu-pool", {
        "metadata": {"name": "gpu"}, "spec": {
            "limits": {"cpu": "64", "memory": "256Gi", "nvidia.com/gpu": "8"},
            "disruption": {
                "consolidationPolicy": "WhenEmpty", "consolidateAfter": "420s", "budgets": [{"nodes": "1"}],
            },
            "template": {
                "metadata": {"labels": {"slipway.dev/pool": "gpu", "nvidia.com/gpu.present": "true"}},
                "spec": {
                    "taints": [GPU_TAINT], "expireAfter": "720h", "terminationGracePeriod": "30m",
                    "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
                    "requirements": [
                        {"key": key, "operator": "In", "values": values} for key, values in requirements.items()
                    ],
                },
            },
        },
    }  # fmt: skip
    yield "karpenter.k8s.aws/v1:EC2NodeClass", "gpu-class", {
        "metadata": {"name": "gpu"}, "spec": {
            "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
            "blockDeviceMappings": [{"deviceName": "/dev/xvdb", "ebs": {"volumeSize": "200Gi", "encrypted": True}}],
            "amiSelectorTerms": [{"alias": "bottlerocket@v1.52.0"}],
            "userData": '[settings.container-runtime]\nsnapshotter = "soci"\n',
        },
    }  # fmt: skip


def _namespace() -> Iterator[tuple[str, str, dict[str, Any]]]:
    yield "core/v1:Namespace", "models-namespace", {
        "metadata": {"name": NAMESPACE, "labels": {
            **labels("gateway"), "pod-security.kubernetes.io/enforce": "restricted",
        }},
    }  # fmt: skip
    yield "networking.k8s.io/v1:NetworkPolicy", "deny", {
        "metadata": metadata("deny", "gateway"),
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }  # fmt: skip
    yield "core/v1:ConfigMap", "rules-template", {
        "metadata": metadata("rules", "shift"), "data": {"rules.json": '{"http": [], "grpc": []}'},
    }  # fmt: skip


def _alerts() -> dict[str, Any]:
    rules = [
        {
            "alert": name, "expr": "vector(1)", "for": "5m", "labels": {"severity": "warning", "model": MODEL},
            "annotations": {"summary": name, "runbook": "docs/operations.md"},
        }
        for name in ("ModelErrors", "ModelSlow", "ModelSilent", "ModelSaturated")
    ]  # fmt: skip
    return {"metadata": metadata(MODEL), "spec": {"groups": [{"name": MODEL, "rules": rules}]}}


def good_cluster(gate: dict[str, Any], shift: dict[str, Any]) -> tuple[Resource, ...]:
    """Return the valid resources of a cluster that serves one model."""
    spec = {
        "model": MODEL, "namespace": NAMESPACE, "live": "blue", "gate": gate, "shift": shift, "grace_seconds": 20,
        "slots": {slot: {"release": release} for slot, release in RELEASES.items()},
        "resources": {"cpu": 2, "memory_mib": 8192, "gpu": 1, "replicas": {"min": 2, "max": 4}},
    }  # fmt: skip
    platform = _own("Platform", "cluster-platform", {"spec": {"namespace": NAMESPACE}})
    gateway = _own("Gateway", "cluster-gateway", {"spec": GATEWAY_SPEC}, parent=platform.urn)
    model = _own("Model", "cluster-model", {"spec": spec}, parent=platform.urn)
    parts = {each.name: each for each in _parts(gate, shift, model.urn)}
    slots = [
        _object(*each, parent=parts[f"cluster-{slot}"].urn)
        for number, slot in enumerate(RELEASES)
        for each in _slot(slot, number)
    ]
    rollout = {each[1]: _object(*each, parent=parts[f"cluster-{kind}"].urn) for kind, each in _rollout()}
    # The gate measures what runs, and traffic moves when it has passed.
    running = tuple(each.urn for each in slots if each.type.kind == "Deployment")
    rollout[f"{MODEL}-gate-job"] = _after(rollout[f"{MODEL}-gate-job"], *running)
    rollout[f"{MODEL}-shift-job"] = _after(rollout[f"{MODEL}-shift-job"], rollout[f"{MODEL}-gate-job"].urn)
    alerts = ("monitoring.coreos.com/v1:PrometheusRule", "alerts", _alerts())
    others = [alerts, *_namespace(), *_gateway(), *_routes(), *_nodes()]
    return (platform, gateway, model, *parts.values(), *slots, *rollout.values(), *(_object(*each) for each in others))


def _parts(gate: dict[str, Any], shift: dict[str, Any], parent: str) -> Iterator[Resource]:
    def one(slot: str) -> dict[str, Any]:
        return {"slot": slot, "release": RELEASES[slot]}

    for slot in RELEASES:
        command = server()
        props = {"model": MODEL, **one(slot), "command": [*command["command"], *command["args"]]}
        yield _own("ModelSlot", f"cluster-{slot}", props, parent=parent)
    gated = {"model": MODEL, **one("blue"), "other": one("green"), "becomes_live": True, "limits": gate}
    yield _own("Gate", "cluster-gate", gated, parent=parent)
    moved = {"model": MODEL, "live": "blue", "releases": DIGESTS, "plan": shift}
    yield _own("Traffic", "cluster-shift", moved, parent=parent)


def _own(kind: str, name: str, props: dict[str, Any], **relations: Any) -> Resource:
    token = f"slipway:kubernetes:{kind}"
    urn = f"urn:pulumi:local::slipway::{token}::{name}"
    return Resource(token=token, urn=urn, name=name, props=props, **relations)


def _object(token: str, name: str, props: dict[str, Any], **relations: Any) -> Resource:
    urn = f"urn:pulumi:local::slipway::kubernetes:{token}::{name}"
    return Resource(token=f"kubernetes:{token}", urn=urn, name=name, props=props, **relations)


def _after(one: Resource, *others: str) -> Resource:
    return Resource(
        token=one.token, urn=one.urn, name=one.name, props=one.props, parent=one.parent, dependencies=others
    )
