"""The whole graph of a stack on one machine: what there is, under whom, after what, and what it shows."""

import dataclasses
import inspect
from typing import Any

import pytest

from components.local.gateway import Gateway, GatewayArgs
from components.local.model import Model, ModelArgs
from components.local.stack_platform import Platform, PlatformArgs
from tests.support.recorded_graph import Graph, recorded, unknown

DIGESTS = {"blue": "b" * 64, "green": "9" * 64}
COMPONENTS = {"Platform": Platform, "Gateway": Gateway, "Model": Model}


def model_spec(name: str, *slots: str) -> dict[str, Any]:
    return {
        "model": name,
        "slots": {
            slot: {"release": {"name": name, "version": "1", "uri": f"r/{slot}", "sha256": DIGESTS[slot]}}
            for slot in slots
        },
        "live": slots[0],
        "runtime": {"threads": 1},
        "gate": {"min_quality": {"accuracy": 0.9}},
        "shift": {"steps_percent": [50, 100]},
        "grace_seconds": 20.0,
    }


def platform_args(stack: str = "local", *models: dict[str, Any]) -> PlatformArgs:
    return PlatformArgs(
        stack_dir=f".slipway/{stack}",
        gateway={
            "address": "127.0.0.1",
            "port": 8080,
            "clients": {"demo": {"models": ["digits"], "may_pin_slots": False}},
            "max_request_bytes": 1024,
            "request_timeout_seconds": 15.0,
            "drain_seconds": 20.0,
            "admin": {"kind": "unix_socket"},
        },
        key_versions={"demo": 1},
        models={spec["model"]: spec for spec in models},
        first_port=21000,
        port_count=60,
        start_timeout_seconds=60,
        probe_interval_seconds=3,
        probe_failures_to_restart=3,
    )


def two_models() -> PlatformArgs:
    return platform_args("local", model_spec("digits", "blue", "green"), model_spec("tumours", "blue"))


@pytest.fixture(scope="module")
def graph() -> Graph:
    return recorded(lambda: Platform("platform", two_models()), made={"ClientKey": {"key": "made"}})


def test_every_resource_has_its_name_which_is_its_identity(graph: Graph) -> None:
    assert {name: resource.type.rpartition(":")[2] for name, resource in graph.resources.items()} == {
        "platform": "Platform",
        "platform-supervisor": "Supervisor",
        "platform-prober": "Prober",
        "platform-gateway": "Gateway",
        "platform-gateway-key-demo": "ClientKey",
        "platform-gateway-key-slipway-operator": "ClientKey",
        "platform-gateway-process": "GatewayProcess",
        "digits": "Model",
        "digits-blue": "ModelSlot",
        "digits-green": "ModelSlot",
        "digits-blue-gate": "Gate",
        "digits-green-gate": "Gate",
        "digits-traffic": "Traffic",
        "tumours": "Model",
        "tumours-blue": "ModelSlot",
        "tumours-blue-gate": "Gate",
        "tumours-traffic": "Traffic",
    }


def test_every_type_is_of_this_platform(graph: Graph) -> None:
    for resource in graph.resources.values():
        prefix = "pulumi-python:dynamic/slipway/local:" if resource.custom else "slipway:local:"
        assert resource.type.startswith(prefix)


def test_every_child_stands_below_its_component(graph: Graph) -> None:
    below = {name: resource.parent for name, resource in graph.resources.items()}
    assert below.pop("platform").startswith("project-"), "the platform stands below the stack itself"
    for name, parent in below.items():
        expected = (
            "platform"
            if name in ("digits", "tumours")
            else max(
                (
                    other
                    for other, found in graph.resources.items()
                    if not found.custom and name.startswith(f"{other}-")
                ),
                key=len,
            )
        )
        assert parent == expected


def test_traffic_comes_after_gates_gates_after_slots_slots_after_the_gateway(graph: Graph) -> None:
    resources = graph.resources
    assert resources["digits-traffic"].after >= {"digits-blue-gate", "digits-green-gate"}
    for slot in ("blue", "green"):
        assert resources[f"digits-{slot}-gate"].after >= {"digits-blue", "digits-green"}
        assert "platform-gateway-process" in resources[f"digits-{slot}"].after
    assert "platform-supervisor" in resources["platform-gateway-process"].after
    assert "platform-supervisor" in resources["platform-prober"].after


def test_the_gateway_process_waits_for_every_key(graph: Graph) -> None:
    assert graph.resources["platform-gateway-process"].after >= {
        "platform-gateway-key-demo",
        "platform-gateway-key-slipway-operator",
    }


def test_models_do_not_wait_for_each_other(graph: Graph) -> None:
    assert not [name for name in graph.all_before("digits-traffic") if name.startswith("tumours")]
    assert not [name for name in graph.all_before("tumours-traffic") if name.startswith("digits")]


def test_every_component_shows_its_plain_spec_as_input_and_output(graph: Graph) -> None:
    for name, resource in graph.resources.items():
        if not resource.custom:
            assert graph.outputs[name]["spec"] == resource.inputs["spec"], f"{name}: policies read both"


@pytest.mark.parametrize("kind", COMPONENTS)
def test_every_annotated_output_is_registered(graph: Graph, kind: str) -> None:
    hints = inspect.get_annotations(COMPONENTS[kind])
    annotated = {name for name, hint in hints.items() if "pulumi.output.Output" in str(hint)}
    assert annotated
    for name in graph.of_type(f"local:{kind}"):
        assert set(graph.outputs[name]) == annotated


def test_keys_are_secrets(graph: Graph) -> None:
    assert {resource.secrets for resource in graph.of_type(":ClientKey").values()} == {frozenset({"key"})}


def test_what_policies_judge_is_known_before_anything_is_made() -> None:
    planned = recorded(lambda: Platform("platform", two_models()), preview=True)
    for name, resource in planned.resources.items():
        judged = {key: value for key, value in resource.inputs.items() if key != "keys"}
        assert not unknown(judged), f"{name}: an unknown value silently weakens a rule"


def test_a_slot_knows_its_release_and_a_gate_the_release_it_is_compared_with(graph: Graph) -> None:
    assert graph.resources["digits-green"].inputs["release"]["sha256"] == DIGESTS["green"]
    gate = graph.resources["digits-green-gate"].inputs
    assert (gate["becomes_live"], gate["other"]["slot"]) == (False, "blue")
    assert graph.resources["digits-blue-gate"].inputs["becomes_live"] is True
    assert "other" not in graph.resources["tumours-blue-gate"].inputs


def test_two_platforms_do_not_collide() -> None:
    def both() -> None:
        Platform("one", platform_args("one", model_spec("digits", "blue")))
        Platform("two", platform_args("two", model_spec("tumours", "blue")))

    graph = recorded(both)
    assert {resource.inputs["spec"]["stack_dir"] for resource in graph.of_type(":Platform").values()} == {
        ".slipway/one",
        ".slipway/two",
    }


@pytest.mark.parametrize("args", [PlatformArgs, GatewayArgs, ModelArgs])
def test_arguments_are_frozen_and_named(args: type[Any]) -> None:
    parameters = args.__dataclass_params__
    assert dataclasses.is_dataclass(args)
    assert parameters.frozen
    assert all(
        parameter.kind is inspect.Parameter.KEYWORD_ONLY for parameter in inspect.signature(args).parameters.values()
    )
