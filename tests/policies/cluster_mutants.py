"""What a cluster does wrong, one thing at a time: which rule must notice, and that no other does."""

from dataclasses import replace
from typing import Any

from mechanics.facts import Stack
from planned_pods import MODEL, metadata
from planned_stack import MISSING, find, put, related, resource, spoil, without

BLUE, GREEN = f"{MODEL}-blue", f"{MODEL}-green"
POD, SERVER = "spec.template.spec", "spec.template.spec.containers[0]"
ROUTE, PINNED = f"{MODEL}-route", f"{MODEL}-blue-route"
GATE_JOB, SHIFT_JOB = f"{MODEL}-gate-job", f"{MODEL}-shift-job"
NEEDS = {"cpu": "1", "memory": "1Gi"}
SECRETS = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}
OF_THE_POOL = {
    "nodeAffinity": {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [
                {"matchExpressions": [{"key": "slipway.dev/pool", "operator": "In", "values": ["gpu"]}]},
            ],
        },
    },
}
ZONE = {"key": "topology.k8s.aws/zone-id", "operator": "In", "values": ["use1-az1"]}
SPOT = [
    ZONE,
    {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["g6.xlarge"]},
    {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot", "on-demand"]},
]


def kubernetes(token: str, name: str, spec: dict[str, Any], **more: Any) -> Stack:
    """Return the valid stack with one more object."""
    return put(resource(f"kubernetes:{token}", name, {"metadata": metadata(name, "gateway"), "spec": spec, **more}))


def _renamed(name: str, path: str, value: Any) -> Stack:
    """Return the valid stack with a spoiled copy of one resource beside it."""
    spoiled = find(spoil(name, path, value), name)
    return put(replace(spoiled, name=f"{name}-2", urn=f"{spoiled.urn}-2"))


OTHER_POOL = {"slipway.dev/pool": "other"}
FEWER = spoil("gpu-pool", "spec.limits", {"cpu": "64", "memory": "256Gi", "nvidia.com/gpu": "6"})

# Rule → spoiled stacks in which that rule, and no other, has something to say.
CLUSTER_MUTANTS: dict[str, list[Stack]] = {
    "autoscaler-sane": [
        spoil(f"{BLUE}-autoscaler", "spec.minReplicas", 0),
        spoil(f"{BLUE}-autoscaler", "spec.maxReplicas", 2),
        spoil(f"{BLUE}-autoscaler", "spec.metrics", [{"type": "Resource", "resource": {"name": "cpu"}}]),
        spoil(f"{BLUE}-autoscaler", "spec.metrics", MISSING),
        spoil(f"{BLUE}-autoscaler", "spec.behavior.scaleDown.stabilizationWindowSeconds", 5),
        spoil(BLUE, "spec.replicas", 3),
    ],
    "gpu-budget": [
        spoil("gpu-pool", "spec.limits", {"cpu": "64", "memory": "256Gi", "nvidia.com/gpu": "4"}),
        spoil("gpus", "labels", OTHER_POOL, FEWER),
        spoil(f"{GREEN}-autoscaler", "spec.maxReplicas", 6),
    ],
    "gpu-limits-equal-requests": [
        spoil(BLUE, f"{SERVER}.resources.limits", {"memory": "8Gi", "nvidia.com/gpu": "0.5"}),
        spoil(BLUE, f"{SERVER}.resources.requests", {**NEEDS, "nvidia.com/gpu": 2}),
        spoil(BLUE, f"{SERVER}.resources.requests", {"memory": "8Gi"}),
        spoil(BLUE, f"{SERVER}.resources.limits", {"nvidia.com/gpu": 1}),
        spoil(BLUE, f"{POD}.initContainers[0].resources.limits", {"memory": "1Gi", "nvidia.com/gpu": 1}),
        spoil(BLUE, f"{POD}.volumes[1].emptyDir.sizeLimit", MISSING),
    ],
    "gpu-scheduling-pair": [
        spoil(BLUE, f"{POD}.tolerations", []),
        spoil(BLUE, f"{POD}.tolerations[0].key", MISSING, spoil(BLUE, f"{POD}.tolerations[0].operator", "Exists")),
        spoil(BLUE, f"{POD}.nodeSelector", MISSING),
        spoil(GATE_JOB, f"{POD}.tolerations", [{"key": "nvidia.com/gpu", "operator": "Exists"}]),
        spoil(GATE_JOB, f"{POD}.nodeSelector", {"nvidia.com/gpu.present": "true"}),
    ],
    "image-digest-pinned": [
        spoil(BLUE, f"{SERVER}.image", "registry.example.com/slipway-triton:1"),
        spoil(BLUE, f"{POD}.initContainers[0].image", MISSING),
        spoil(SHIFT_JOB, f"{SERVER}.image", "registry.example.com/slipway-rollout@sha256:short"),
        spoil("proxies", "spec.provider.kubernetes.envoyDeployment.container.image", "envoy:latest"),
    ],
    "karpenter-consolidation-vs-pull": [
        spoil("gpu-class", "spec.userData", MISSING),
        spoil("gpu-pool", "spec.disruption.consolidateAfter", "0s"),
        spoil("gpu-pool", "spec.template.spec.terminationGracePeriod", "30s"),
        spoil("gpu-pool", "spec.disruption", {"consolidateAfter": "10m"}),
    ],
    "karpenter-limits-set": [
        spoil("gpu-pool", "spec.limits", {"nvidia.com/gpu": "8"}),
        spoil("gpu-pool", "spec.template.spec.expireAfter", "Never"),
        spoil("gpu-pool", "spec.template.spec.requirements", []),
        spoil("gpu-pool", "spec.template.spec.nodeClassRef.name", "other"),
        without("gpu-class"),
    ],
    "model-alerts-exist": [
        spoil("alerts", "spec.groups[0].rules[2].alert", "Other"),
        spoil("alerts", "spec.groups[0].rules[0].for", MISSING),
        spoil("alerts", "spec.groups[0].rules[0].labels.severity", MISSING),
    ],
    "network-default-deny": [
        without("deny", stack=without(f"{BLUE}-network")),
        without("deny"),
        spoil(f"{BLUE}-network", "spec.ingress[0].from", MISSING),
        spoil(f"{BLUE}-network", "spec.ingress[0].from", [{"ipBlock": {"cidr": "0.0.0.0/0"}}]),
        spoil(f"{BLUE}-network", "spec.ingress[0].from", [{"ipBlock": {"cidr": "0.0.0.0/1"}}]),
        spoil(f"{BLUE}-network", "spec.ingress[0].from", [{"namespaceSelector": {}}]),
        spoil(f"{BLUE}-network", "spec.ingress[0].ports", [{"port": 22}]),
        spoil(f"{BLUE}-network", "spec.egress", [{}]),
        spoil(f"{BLUE}-network", "spec.egress", [{"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]),
        spoil(f"{BLUE}-network", "spec.egress", [{"to": [{"ipBlock": {"cidr": "169.254.0.0/16"}}]}]),
    ],
    "payload-logging-masked": [
        spoil("proxies", "spec.telemetry.accessLog.settings[0].format.json.key", "%REQ(X-API-KEY)%"),
        spoil("proxies", "spec.telemetry.accessLog.settings[0].format", {"type": "Text", "text": "%REQ(COOKIE)%"}),
    ],
    "pdb-vs-replicas": [
        without(f"{BLUE}-budget"),
        _renamed(f"{BLUE}-budget", "spec.maxUnavailable", 1),
        spoil(f"{BLUE}-budget", "spec.maxUnavailable", 0),
        spoil(f"{BLUE}-budget", "spec.maxUnavailable", "100%"),
        spoil(f"{BLUE}-budget", "spec.minAvailable", 2),
        spoil(f"{BLUE}-budget", "spec.unhealthyPodEvictionPolicy", MISSING),
    ],
    "pod-restricted": [
        spoil(BLUE, f"{SERVER}.securityContext.privileged", True),
        spoil(BLUE, f"{SERVER}.securityContext.allowPrivilegeEscalation", MISSING),
        spoil(BLUE, f"{SERVER}.securityContext.capabilities.drop", []),
        spoil(BLUE, f"{SERVER}.securityContext.capabilities.add", ["SYS_ADMIN"]),
        spoil(BLUE, f"{SERVER}.securityContext.readOnlyRootFilesystem", False),
        spoil(GATE_JOB, f"{POD}.securityContext.runAsNonRoot", MISSING),
        spoil(GATE_JOB, f"{POD}.securityContext.runAsUser", 0),
        spoil(GATE_JOB, f"{POD}.securityContext.seccompProfile", MISSING),
        spoil(BLUE, f"{POD}.hostNetwork", True),
        spoil(BLUE, f"{SERVER}.ports", [{"hostPort": 8000}]),
        spoil(BLUE, f"{POD}.volumes[0]", {"name": "work", "hostPath": {"path": "/"}}),
        spoil("models-namespace", "metadata.labels", {}),
    ],
    "probes-truthful": [
        spoil(BLUE, f"{SERVER}.readinessProbe", MISSING),
        spoil(BLUE, f"{SERVER}.livenessProbe", {"httpGet": {"path": "/v2/health/ready", "port": 8000}}),
        spoil(BLUE, f"{SERVER}.startupProbe.failureThreshold", 1),
    ],
    "rollout-jobs-ordered": [
        spoil(GATE_JOB, "spec.backoffLimit", 6),
        spoil(SHIFT_JOB, "spec.activeDeadlineSeconds", MISSING),
        related(SHIFT_JOB, dependencies=()),
        without(GATE_JOB),
        without(SHIFT_JOB),
    ],
    "route-policy-effective": [
        spoil(f"{MODEL}-access", "spec.apiKeyAuth", MISSING),
        spoil(f"{MODEL}-access", "spec.apiKeyAuth.sanitize", False),
        spoil(f"{MODEL}-access", "spec.authorization.defaultAction", "Allow"),
        without(f"{MODEL}-pinned-access"),
    ],
    "route-rate-limit": [
        without("gateway-traffic"),
        spoil("gateway-traffic", "spec.rateLimit", MISSING),
        spoil("gateway-traffic", "spec.rateLimit.local.rules[0].limit.requests", 0),
        spoil("gateway-traffic", "spec.rateLimit.local.rules[0].limit.requests", 20000),
        spoil("gateway-traffic", "spec.timeout.http.requestTimeout", "0s"),
    ],
    "route-weights-consistent": [
        spoil(ROUTE, "spec.rules[0].backendRefs[1].weight", 5),
        spoil(ROUTE, "spec.rules[0].backendRefs[1].weight", MISSING),
        spoil(PINNED, "spec.rules[0].backendRefs[0].name", "digits-blue"),
        spoil(ROUTE, "spec.rules[0].filters", [{"type": "RequestMirror", "requestMirror": {"backendRef": {}}}]),
    ],
    "service-account-and-rbac-least": [
        spoil(BLUE, f"{POD}.serviceAccountName", "default"),
        spoil(BLUE, f"{POD}.automountServiceAccountToken", MISSING),
        spoil(f"{BLUE}-account", "automountServiceAccountToken", True),
        spoil(f"{MODEL}-shift-role", "rules[0].verbs", ["*"]),
        spoil(f"{MODEL}-shift-role", "rules[0].resourceNames", MISSING),
        spoil(f"{MODEL}-shift-role", "rules", [SECRETS]),
        spoil(f"{MODEL}-shift-binding", "roleRef.name", "cluster-admin"),
        spoil(f"{MODEL}-shift-binding", "subjects[0].name", "system:authenticated"),
    ],
    "slots-wired": [
        without(f"{GREEN}-service", stack=spoil(ROUTE, "spec.rules", [])),
        spoil(BLUE, "spec.template.metadata.labels.slipway", "x", spoil(BLUE, f"{POD}.initContainers[0].args[3]", "a")),
        spoil(BLUE, "spec.template.metadata.annotations", {}),
        spoil(BLUE, f"{POD}.initContainers", []),
    ],
    "spot-not-live": [
        spoil("gpu-pool", "spec.template.spec.requirements", SPOT),
        spoil("gpu-pool", "spec.template.spec.requirements", SPOT, spoil(BLUE, f"{POD}.affinity", OF_THE_POOL)),
    ],
}

# Rules of a machine or a cloud that look at a cluster too → the same for what they see there.
EXTENDED_MUTANTS: dict[str, list[Stack]] = {
    "drain-contract": [
        spoil(BLUE, f"{POD}.terminationGracePeriodSeconds", 49),
        spoil(BLUE, f"{SERVER}.lifecycle", MISSING),
        spoil(BLUE, "spec.strategy.rollingUpdate.maxUnavailable", "25%"),
        spoil(BLUE, "spec.strategy", MISSING),
    ],
    "gpu-nodes-tainted": [
        spoil("gpu-pool", "spec.template.spec.taints", []),
        spoil("gpu-pool", "spec.template.spec.taints[0].effect", "PreferNoSchedule"),
        spoil("gpu-pool", "spec.template.metadata.labels", {"nvidia.com/gpu.present": "true"}),
        spoil("gpu-class", "spec.blockDeviceMappings[0].ebs.volumeSize", "40Gi"),
    ],
    "no-plaintext-secrets": [
        spoil(BLUE, f"{SERVER}.env", [{"name": "API_TOKEN", "value": "hunter2"}]),
        spoil("rules-template", "data", {"password": "hunter2"}),
        spoil(GATE_JOB, f"{SERVER}.args", ["--x-api-key=hunter2"]),
    ],
    "nodes-private-imdsv2": [
        spoil("gpu-class", "spec.metadataOptions.httpTokens", "optional"),
        spoil("gpu-class", "spec.blockDeviceMappings[0].ebs.encrypted", False),
        spoil("gpu-class", "spec.associatePublicIPAddress", True),
    ],
    "single-public-entry": [
        spoil(f"{BLUE}-service", "spec.type", "LoadBalancer"),
        spoil("proxies", "spec.provider.kubernetes.envoyService.type", MISSING),
        spoil(ROUTE, "spec.rules[0].backendRefs[0].port", 8002),
        kubernetes("networking.k8s.io/v1:Ingress", "second", {"rules": []}),
    ],
    "tls-min-version": [
        spoil("door", "spec.listeners[0].tls.certificateRefs", MISSING),
        spoil("door-clients", "spec.tls.minVersion", "1.0"),
    ],
    "triton-admin-restricted": [
        spoil(BLUE, f"{SERVER}.args[1]", "--model-control-mode=poll"),
        spoil(BLUE, f"{SERVER}.env[0]", {"name": "SLIPWAY_ADMIN_KEY", "value": "$(OTHER)"}),
        spoil(PINNED, "spec.rules[0].matches[0].path", {"type": "PathPrefix", "value": "/v2"}),
        spoil(PINNED, "spec.rules[0].matches[0].path.value", "/v2/repository/index"),
    ],
}

# Rule → a property that it reads.
CLUSTER_READ: dict[str, tuple[str, str]] = {
    "autoscaler-sane": (f"{BLUE}-autoscaler", "spec.metrics"),
    "gpu-limits-equal-requests": (BLUE, f"{SERVER}.resources.requests"),
    "gpu-scheduling-pair": (BLUE, f"{POD}.tolerations"),
    "image-digest-pinned": (BLUE, f"{SERVER}.image"),
    "karpenter-consolidation-vs-pull": ("gpu-pool", "spec.disruption.consolidateAfter"),
    "karpenter-limits-set": ("gpu-pool", "spec.template.spec.expireAfter"),
    "model-alerts-exist": ("alerts", "spec.groups"),
    "network-default-deny": (f"{BLUE}-network", "spec.ingress[0].from"),
    "pdb-vs-replicas": (f"{BLUE}-budget", "spec.maxUnavailable"),
    "pod-restricted": (BLUE, f"{SERVER}.securityContext.allowPrivilegeEscalation"),
    "probes-truthful": (BLUE, f"{SERVER}.startupProbe"),
    "rollout-jobs-ordered": (GATE_JOB, "spec.backoffLimit"),
    "route-policy-effective": (f"{MODEL}-access", "spec.apiKeyAuth"),
    "route-rate-limit": ("gateway-traffic", "spec.rateLimit"),
    "route-weights-consistent": (ROUTE, "spec.rules[0].backendRefs[1].weight"),
    "service-account-and-rbac-least": (BLUE, f"{POD}.serviceAccountName"),
    "slots-wired": (BLUE, "spec.template.metadata.annotations"),
}
# What only says too much, or takes too much, when it is there is right when it is missing, and elsewhere tested.
CLUSTER_READ_WHEN_THERE = {"gpu-budget", "payload-logging-masked", "spot-not-live"}
