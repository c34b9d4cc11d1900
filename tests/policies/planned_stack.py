"""A stack on one machine, a cloud and a cluster, as the pack is shown them; valid, until tests spoil one thing."""

import re
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from mechanics.facts import Resource, Stack
from mechanics.registry import load
from mechanics.rule import Kind, ResourceRule
from planned_cloud import good_cloud
from planned_cluster import good_cluster

MISSING: Final = object()

RELEASES = {
    slot: {"name": "digits", "version": version, "uri": f"releases/digits/{version}", "sha256": digit * 64}
    for slot, version, digit in (("blue", "1", "a"), ("green", "2", "b"))
}
GATE = {
    "min_quality": {"accuracy": 0.93},
    "min_slice_quality": {},
    "max_disagreement": 0.1,
    "max_p99_ms": 50,
    "load_concurrency": 4,
    "load_seconds": 2,
    "allow_signature_change": False,
    "timeout_seconds": 300,
}
SHIFT = {
    "steps_percent": [1, 5, 25, 50, 100],
    "hold_seconds": 2,
    "max_hold_seconds": 60,
    "min_requests": 50,
    "max_error_rate": 0.001,
    "max_error_rate_difference": 0.001,
    "max_p99_ms": 50,
    "max_p99_ratio": 1.5,
    "max_prediction_distance": None,
    "on_thin_traffic": "advance",
    "mirror_percent": 0,
}
ADMIN_APIS = "model-repository,model-config,shared-memory,statistics,trace,logging"
COMMAND = [
    "/opt/tritonserver/bin/tritonserver",
    "--model-repository={repository}",
    "--model-control-mode=explicit",
    "--load-model=digits",
    "--http-address=127.0.0.1",
    "--http-port={http_port}",
    "--grpc-address=127.0.0.1",
    "--grpc-port={grpc_port}",
    "--metrics-address=127.0.0.1",
    f"--http-restricted-api={ADMIN_APIS}:x-slipway-admin={{admin_key}}",
    f"--grpc-restricted-protocol={ADMIN_APIS}:x-slipway-admin={{admin_key}}",
    "--exit-timeout-secs=10",
]
HTTP_RESTRICTION, GRPC_RESTRICTION = 9, 10
GATEWAY = {
    "address": "127.0.0.1",
    "port": 8080,
    "clients": {"demo": {"models": ["digits"], "may_pin_slots": False}},
    "max_request_bytes": 4194304,
    "request_timeout_seconds": 15,
    "admin": {"kind": "unix_socket", "path": "run/gateway-admin.sock", "mode": "0600"},
    "drain_seconds": 5,
}
MODEL = {
    "model": "digits",
    "slots": {slot: {"release": release} for slot, release in RELEASES.items()},
    "live": "blue",
    "gate": GATE,
    "shift": SHIFT,
    "runtime": {"threads": 1, "instances": 1},
    "grace_seconds": 20,
}


def resource(token: str, name: str, props: dict[str, Any], **relations: Any) -> Resource:
    """Return a resource of the stack `local`."""
    urn = f"urn:pulumi:local::slipway::{token}::{name}"
    return Resource(token=token, urn=urn, name=name, props=props, **relations)


def dynamic(kind: str, name: str, props: dict[str, Any], **relations: Any) -> Resource:
    """Return one of Slipway's own dynamic resources."""
    return resource(f"pulumi-python:dynamic/slipway/local:{kind}", name, props, **relations)


def _slot(slot: str, model: Resource) -> Resource:
    addresses = dict.fromkeys(("http_address", "grpc_address", "metrics_address"), "127.0.0.1")
    props = {"model": "digits", "slot": slot, "release": RELEASES[slot], "command": COMMAND, **addresses}
    return dynamic("ModelSlot", f"digits-{slot}", props, parent=model.urn)


def _gate(slot: str, other: str, model: Resource, slots: tuple[Resource, ...]) -> Resource:
    measured = {"slot": slot, "release": RELEASES[slot], "other": {"slot": other, "release": RELEASES[other]}}
    props = {"model": "digits", **measured, "becomes_live": slot == "blue", "limits": GATE}
    after = tuple(each.urn for each in slots)
    return dynamic("Gate", f"digits-{slot}-gate", props, parent=model.urn, dependencies=after)


def good_stack() -> Stack:
    """Return the valid stack; nothing in it is shared between two calls."""
    root = resource("pulumi:pulumi:Stack", "slipway-local", {})
    provider = resource("pulumi:providers:pulumi-python", "default", {})
    platform = resource("slipway:local:Platform", "local", {"spec": {"stack_dir": ".slipway/local"}}, parent=root.urn)
    gateway = resource("slipway:local:Gateway", "gateway", {"spec": GATEWAY}, parent=platform.urn)
    key = dynamic("ClientKey", "key", {"client": "demo"}, parent=gateway.urn)
    keys = {"demo": "slip-5f0c2d", "slipway-operator": "slip-77e01a"}
    process = dynamic("GatewayProcess", "process", {"spec": GATEWAY, "keys": keys}, parent=gateway.urn)
    model = resource("slipway:local:Model", "digits", {"spec": MODEL}, parent=platform.urn)
    blue, green = _slot("blue", model), _slot("green", model)
    gates = [_gate(slot, other, model, (blue, green)) for slot, other in (("blue", "green"), ("green", "blue"))]
    digests = {slot: release["sha256"] for slot, release in RELEASES.items()}
    traffic = dynamic(
        "Traffic",
        "digits-traffic",
        {"model": "digits", "live": "blue", "releases": digests, "plan": SHIFT},
        parent=model.urn,
        dependencies=tuple(gate.urn for gate in gates),
    )
    machine = (root, provider, platform, gateway, key, process, model, blue, green, *gates, traffic)
    return Stack(deepcopy((*machine, *good_cloud(), *good_cluster(GATE, SHIFT))))


def spoil(name: str, path: str, value: Any, stack: Stack | None = None) -> Stack:
    """Return a stack (the valid one, unless given) with one property changed, or taken away with `MISSING`."""
    stack = stack or good_stack()
    found = deepcopy(find(stack, name))
    props: Any = found.props
    *way, last = [int(key) if key.isdigit() else key for key in re.split(r"[.\[]", path.replace("]", ""))]
    for key in way:
        props = props[key]
    if value is MISSING:
        del props[last]
    else:
        props[last] = value
    return put(found, stack)


def find(stack: Stack, name: str) -> Resource:
    """Return the resource with this name."""
    return next(each for each in stack.resources if each.name == name)


def put(changed: Resource, stack: Stack | None = None) -> Stack:
    """Return a stack with a resource in the place of the one with its name, or added."""
    return Stack((*without(changed.name, stack=stack).resources, changed))


def without(*names: str, stack: Stack | None = None) -> Stack:
    """Return a stack without the resources of these names."""
    return Stack(tuple(each for each in (stack or good_stack()).resources if each.name not in names))


def related(name: str, **relations: Any) -> Stack:
    """Return the valid stack with other relations of one resource."""
    return put(replace(find(good_stack(), name), **relations))


def messages(rule_id: str, stack: Stack, kind: Kind = "local", **options: Any) -> list[str]:
    """Return what one rule says about a stack."""
    rule = next(rule for rule in load() if rule.id == rule_id)
    config = {**rule.config(kind), **options}
    if isinstance(rule, ResourceRule):
        found = [violation for each in stack.resources for violation in rule.judge(each, config)]
    else:
        found = rule.judge(stack, config)
    return [rule.message(violation) for violation in found]


def fired(stack: Stack, kind: Kind = "local") -> set[str]:
    """Return the ids of all rules that have something to say about a stack, whatever their level."""
    return {rule.id for rule in load() if messages(rule.id, stack, kind)}
