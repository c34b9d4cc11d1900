"""A stack on a cluster as plain values: two models with releases of a few kilobytes, everything else by default."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from typing import Any

from components.kubernetes.cluster_access import ClusterAccess
from components.kubernetes.cluster_site import Site
from components.kubernetes.document import Document
from components.kubernetes.stack_platform import Platform, PlatformArgs
from serving.gate_limits import GateLimits
from serving.release import Release
from serving.shift_plan import ShiftPlan
from tests.support.recording import Graph, Resource, record
from tests.support.tiny_releases import TRUTH, folder_for_releases, linear_model, make_release

DIGEST = f"sha256:{'d' * 64}"
RUNTIME = {"threads": 1, "instances": 1, "max_batch": 64, "max_queue_delay_microseconds": 0, "device": "cpu"}
SITE = Site(
    stack="test",
    namespace="models",
    gateway_namespace="envoy-gateway-system",
    triton_image=f"registry.example.com/triton-cpu@{DIGEST}",
    rollout_image=f"registry.example.com/rollout@{DIGEST}",
)
EVERYTHING = replace(
    SITE,
    prometheus_url="http://prometheus:9090",
    has_operator=True,
    tls_secret="gateway-tls",
    published=True,
    pull_secrets=("registry",),
)
ACCESS = ClusterAccess(kubeconfig="kubeconfig", context="test", entry="kubeconfig (test)")
GATEWAY: dict[str, Any] = {
    "clients": {
        "demo": {"models": ["digits"], "may_pin_slots": False},
        "on-call": {"models": ["digits", "fraud_score"], "may_pin_slots": True},
    },
    "max_request_bytes": 4 * 1024 * 1024,
    "request_timeout_seconds": 15.0,
    "drain_seconds": 20.0,
    "service_type": "ClusterIP",
    "proxies": 2,
    "image": None,
    "requests_per_second": 1000,
    "client_requests_per_second": {"demo": 5},
    "tls": None,
}
PUBLISHED = {**GATEWAY, "service_type": "LoadBalancer"}
CLASSES = {"live": "live", "idle": "idle"}


@cache
def release(name: str, version: str) -> Release:
    """Return a release of a model, packed once a run."""
    folder = folder_for_releases() / name
    return make_release(linear_model(TRUTH * float(version)), folder, name, version)


def release_spec(name: str, version: str) -> dict[str, Any]:
    """Return a release's plain values."""
    found = release(name, version)
    return {"name": name, "version": version, "uri": str(found.directory), "sha256": found.digest}


def model_spec(name: str = "digits", **changes: Any) -> dict[str, Any]:
    """Return a model's plain values; with both slots unless changed."""
    plan = {**asdict(ShiftPlan()), "steps_percent": list(ShiftPlan.steps_percent)}
    slots = {slot: {"release": release_spec(name, version)} for slot, version in (("blue", "1"), ("green", "2"))}
    spec = {
        "model": name,
        "namespace": "models",
        "slots": slots,
        "live": "blue",
        "runtime": RUNTIME,
        "gate": asdict(GateLimits(min_quality={"accuracy": 0.9})),
        "shift": plan,
        "grace_seconds": 65,
        "resources": {"cpu": 0.5, "memory_mib": 512, "shm_mib": 64, "gpu": 0, "replicas": 2},
    }
    return {**spec, **changes}


def platform_args(*models: Mapping[str, Any], **changes: Any) -> PlatformArgs:
    """Return a stack on a cluster."""
    specs = models or (model_spec(), model_spec("fraud_score", slots=only_blue("fraud_score")))
    args = PlatformArgs(
        site=SITE,
        access=ACCESS,
        gateway=GATEWAY,
        key_versions=dict.fromkeys(GATEWAY["clients"], 1),
        models={spec["model"]: spec for spec in specs},
    )
    return replace(args, **changes)


def only_blue(name: str) -> dict[str, Any]:
    """Return slots of which one has a release."""
    return {"blue": {"release": release_spec(name, "1")}}


def recorded(*models: Mapping[str, Any], **changes: Any) -> Graph:
    """Return every resource of a stack on a cluster."""
    return record(lambda: Platform("platform", platform_args(*models, **changes)))


def documents(graph: Graph) -> list[Document]:
    """Return every object of a graph as it would be applied."""
    found = (resource.inputs for resource in graph if "kind" in resource.inputs and "apiVersion" in resource.inputs)
    return [{name: value for name, value in inputs.items() if name != "status"} for inputs in found]


def document(graph: Graph, kind: str, name: str) -> Document:
    """Return the only object of a kind and physical name."""
    found = [each for each in documents(graph) if each["kind"] == kind and each["metadata"]["name"] == name]
    named = sorted(each["metadata"]["name"] for each in documents(graph) if each["kind"] == kind)
    assert len(found) == 1, f"{len(found)} of {kind} {name}; there are {named}"
    return found[0]


def physical(graph: Graph, kind: str, name: str) -> Resource:
    """Return the only resource of a kind and physical name."""
    found = [each for each in graph.of(kind) if each.inputs["metadata"]["name"] == name]
    assert len(found) == 1, f"{len(found)} of {kind} {name}"
    return found[0]


def job(graph: Graph, prefix: str) -> Resource:
    """Return the only Job whose name begins so; the rest of it changes with its content."""
    found = [each for each in graph.of("Job") if each.inputs["metadata"]["name"].startswith(f"{prefix}-")]
    assert len(found) == 1, f"{len(found)} jobs named {prefix}-…"
    return found[0]
