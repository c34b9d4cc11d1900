"""The real program for a cluster passes the rules, and each spoiled one is stopped with the right sentence."""

from collections.abc import Callable
from typing import Any

import pytest
from cloud_stacks import refusals
from cluster_stacks import planned, planned_on_eks, planned_small, planned_with
from mechanics.facts import Stack, unknown_paths
from mechanics.registry import known_types, load
from mechanics.rule import Kind, Level
from planned_stack import MISSING, fired, put, resource, spoil, without

Spoil = Callable[[Stack], Stack]


def setting(name: str, path: str, value: Any) -> Spoil:
    return lambda stack: spoil(name, path, value, stack)


def lacking(*names: str) -> Spoil:
    return lambda stack: without(*names, stack=stack)


def having(token: str, **props: Any) -> Spoil:
    return lambda stack: put(resource(f"kubernetes:{token}", "added", props), stack)


POD, SERVER = "spec.template.spec", "spec.template.spec.containers[0]"
PODS, GPU_PODS = "digits-blue-pods", "reviews-blue-pods"

# What is wrong: how the stack is spoiled, the rule that stops it, and what it says.
SPOILED: dict[str, tuple[Spoil, str, str]] = {
    "half a GPU": (
        setting(GPU_PODS, f"{SERVER}.resources.limits", {"memory": "1Gi", "nvidia.com/gpu": "0.5"}),
        "gpu-limits-equal-requests", 'the limit of nvidia.com/gpu is "0.5"',
    ),
    "GPU without toleration": (
        setting(GPU_PODS, f"{POD}.tolerations", MISSING), "gpu-scheduling-pair",
        f"does not tolerate the taint of GPU nodes. Where: Deployment {GPU_PODS}, {POD}.tolerations.",
    ),
    "CPU pod on GPU nodes": (
        setting(PODS, f"{POD}.tolerations", [{"key": "nvidia.com/gpu", "operator": "Exists"}]), "gpu-scheduling-pair",
        "the pod has no GPU, and could take the place of one that has",
    ),
    "moving image": (
        setting(PODS, f"{SERVER}.image", "triton:latest"), "image-digest-pinned",
        f'the image is "triton:latest", which names no digest. Where: Deployment {PODS}, {SERVER}.image.',
    ),
    "root": (
        setting(PODS, f"{SERVER}.securityContext.runAsNonRoot", False), "pod-restricted", "the container may run as root",
    ),
    "open namespace": (
        setting("platform-namespace", "metadata.labels", {}), "pod-restricted", "the namespace enforces not set",
    ),
    "no default deny": (
        lacking("platform-default-deny", "digits-blue-network"), "network-default-deny",
        f"no NetworkPolicy of namespace models closes ingress for these pods. Where: Deployment {PODS},",
    ),
    "server for everybody": (
        setting("digits-blue-network", "spec.ingress[0].from", MISSING), "network-default-deny", "anybody may come in",
    ),
    "shift may write everything": (
        setting("digits-traffic-job-role", "rules[0].resourceNames", MISSING), "service-account-and-rbac-least",
        "the role may get, patch any of httproutes, grpcroutes. Where: Role digits-traffic-job-role,",
    ),
    "readiness of the server": (
        setting(PODS, f"{SERVER}.readinessProbe", {"httpGet": {"path": "/v2/health/ready"}}), "probes-truthful",
        "the readinessProbe asks the server, which calls itself ready without a model that answers",
    ),
    "short grace": (
        setting(PODS, f"{POD}.terminationGracePeriodSeconds", 20), "drain-contract", "the pod is killed after 20 seconds",
    ),
    "retried gate": (
        setting("digits-blue-gate-job", "spec.backoffLimit", 3), "rollout-jobs-ordered",
        "the gate is tried again: its backoffLimit is 3. Where: Job digits-blue-gate-job, spec.backoffLimit.",
    ),
    "no shift": (
        lacking("digits-traffic-job"), "rollout-jobs-ordered", "no Job moves this model's traffic",
    ),
    "route without keys": (
        lacking("digits-access", "platform-gateway-closed"), "route-policy-effective",
        "no SecurityPolicy holds for the route, so anybody may call it",
    ),
    "CORS instead of keys": (
        setting("digits-pinned-access", "spec.apiKeyAuth", MISSING), "route-policy-effective",
        "asks nobody who calls, and takes the place of the Gateway's",
    ),
    "no rate limit": (
        setting("platform-gateway-backends", "spec.rateLimit", MISSING), "route-rate-limit",
        "the route takes any number of requests",
    ),
    "admin by a route": (
        setting("digits-blue-httproute", "spec.rules[0].matches[0].path.value", "/v2/repository/index"),
        "triton-admin-restricted", 'the route leads to the administration APIs by "/v2/repository/index"',
    ),
    "balancer of its own": (
        setting("platform-gateway-proxy", "spec.provider.kubernetes.envoyService.type", "LoadBalancer"),
        "single-public-entry", 'the gateway\'s Service is "LoadBalancer"',
    ),
    "plain gateway": (
        setting("platform-gateway-gateway", "spec.listeners", [{"protocol": "HTTP", "port": 80}]), "tls-min-version",
        "no listener of the gateway speaks TLS",
    ),
    "keys in the log": (
        setting("platform-gateway-proxy", "spec.telemetry.accessLog.settings[0].format", {"text": "%REQ(X-API-KEY)%"}),
        "payload-logging-masked", "with %REQ(X-API-KEY)% the access log tells too much",
    ),
    "another release": (
        setting(PODS, "spec.template.metadata.annotations", {}), "slots-wired",
        "the pods would stay when the release changes",
    ),
    "missing Service": (
        lacking("reviews-green-service"), "route-weights-consistent", '"reviews-green" is no Service of this stack',
    ),
    "secret in a pod": (
        setting(PODS, f"{SERVER}.env", [{"name": "API_TOKEN", "value": "hunter2"}]), "no-plaintext-secrets",
        f"Where: Deployment {PODS}, {SERVER}.env[0].value.",
    ),
    "blocked drain": (
        setting("digits-blue-budget", "spec.maxUnavailable", 0), "pdb-vs-replicas",
        "with 2 pods of digits/blue the budget allows no pod to go",
    ),
    "one pod for production": (
        setting("digits-blue-scaling", "spec.minReplicaCount", 1), "autoscaler-sane",
        "the slot may shrink to 1 pods, and needs 2",
    ),
    "nobody hears of silence": (
        setting("digits-alerts", "spec.groups[0].rules[2].alert", "Other"), "model-alerts-exist",
        "alerts are missing: ModelSilent. Where: model digits, spec.model.",
    ),
    "unknown type": (
        having("example.com/v1:Widget"), "type-coverage", "type kubernetes:example.com/v1:Widget (1 resource)",
    ),
}  # fmt: skip
CLOUDS: dict[str, Kind] = {"dev": "dev", "prod-cloud": "prod"}
OF_POOLS = {
    *("karpenter-consolidation-vs-pull", "karpenter-limits-set", "spot-not-live"),
    *("gpu-budget", "gpu-nodes-tainted", "gpu-scheduling-pair"),
}
# A rule beside the one that is meant: both are right.
BESIDE = {"missing Service": {"slots-wired"}}


@pytest.mark.parametrize("preview", [False, True], ids=["known", "before the first up"])
def test_production_passes_every_mandatory_rule(preview: bool) -> None:
    assert refusals(planned(preview=preview), "prod") == {}


def test_a_first_preview_does_not_know_everything() -> None:
    stack = planned(preview=True)
    assert any(list(unknown_paths(each.props)) for each in stack.resources)


def test_a_stack_that_is_put_away_passes_too() -> None:
    assert refusals(planned_with({"platform": {"lifecycle": "drain"}}), "prod") == {}


def test_a_small_cluster_without_extras_passes_without_a_warning() -> None:
    assert fired(planned_small()) == set()


@pytest.mark.parametrize("preview", [False, True], ids=["known", "before the first up"])
@pytest.mark.parametrize(("stack", "kind"), CLOUDS.items())
def test_models_on_the_cluster_of_a_clouds_own_stack_pass(stack: str, kind: Kind, preview: bool) -> None:
    planned_there = planned_on_eks(stack, preview=preview)
    kinds = {each.type.kind for each in planned_there.resources}
    assert {"NodePool", "EC2NodeClass", "DaemonSet", "Chart", "TargetGroupBinding", "Deployment"} <= kinds
    assert refusals(planned_there, kind) == {}


def test_pools_for_trying_pass_what_production_asks_of_pools_but_for_the_spot_that_they_want() -> None:
    found = refusals(planned_on_eks("dev"), "prod")
    assert found.keys() & OF_POOLS == {"spot-not-live"}
    assert ["spot capacity of pool gpu" in message for message in found["spot-not-live"]] == [True]


def test_the_rules_about_pools_stop_production() -> None:
    assert {rule.id for rule in load() if rule.levels.prod is Level.MANDATORY} >= OF_POOLS


@pytest.mark.parametrize("wrong", SPOILED)
def test_a_spoiled_stack_is_stopped_with_the_right_sentence(wrong: str, production: Stack) -> None:
    spoiled, rule, sentence = SPOILED[wrong]
    found = refusals(spoiled(production), "prod")
    assert set(found) == {rule} | BESIDE.get(wrong, set())
    assert any(sentence in message for message in found[rule]), found[rule]


@pytest.fixture(scope="module")
def production() -> Stack:
    return planned()


def test_every_type_of_the_program_is_known(production: Stack) -> None:
    known = known_types()
    assert {
        str(each.type) for each in production.resources if not any(type_.covers(each.type) for type_ in known)
    } == set()


def test_a_cluster_of_production_is_not_checked_as_one_for_development(production: Stack) -> None:
    assert "policy-config-sane" in refusals(production, "dev")
