"""The stacks of the cloud as the program really plans them, recorded instead of run, as the pack is shown them."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mechanics.facts import UNKNOWN, Resource, Stack, Value
from mechanics.registry import load
from mechanics.rule import Kind, Level, ResourceRule
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_ON_THE_WIRE
from ruamel.yaml import YAML

from infra.aws_presets import merged
from infra.program import register
from infra.settings_problems import settings_class
from tests.support.recording import Resource as Recorded
from tests.support.recording import record

ROOT = Path(__file__).parents[2]
KINDS: dict[str, Kind] = {"dev": "dev", "prod-cloud": "prod", "foundation": "prod"}


@cache
def planned(stack: str, *, preview: bool = False) -> Stack:
    """Return what a shipped stack file plans; in a preview, with what only an update would tell unknown."""
    return planned_with(stack, {}, preview=preview)


def planned_with(stack: str, changes: Mapping[str, Any], *, preview: bool = False) -> Stack:
    """Return what a shipped stack file plans with other values of `platform`."""
    config = YAML(typ="safe").load((ROOT / f"Pulumi.{stack}.yaml").read_text())["config"]
    raw = {"platform": merged(config["slipway:platform"], changes)}
    graph = record(lambda: register(settings_class(raw).model_validate(raw), stack), preview=preview)
    return Stack(tuple(as_shown(each, stack) for each in graph))


def as_shown(each: Recorded, stack: str) -> Resource:
    """Return a recorded resource as the engine shows it to the pack."""

    def of_stack(urn: str) -> str:
        return ":".join([*urn.split(":")[:2], stack, *urn.split(":")[3:]])

    return Resource(
        token=each.type,
        urn=of_stack(each.urn),
        # A component often has the name of its main resource; tests mean the resource.
        name=each.name if each.custom else f"{each.name} (component)",
        props=_shown(each.inputs),
        parent=of_stack(each.parent) if each.parent else None,
        dependencies=tuple(map(of_stack, each.dependencies)),
        property_dependencies={
            key: tuple(map(of_stack, sources)) for key, sources in each.property_dependencies.items()
        },
        protected=each.protect,
    )


def refusals(stack: Stack, kind: Kind) -> dict[str, list[str]]:
    """Return what the mandatory rules of a kind of stack say, by rule."""
    found: dict[str, list[str]] = {}
    for rule in load():
        if rule.levels.of(kind) is not Level.MANDATORY:
            continue
        config = rule.config(kind)
        if isinstance(rule, ResourceRule):
            violations = [each for resource in stack.resources for each in rule.judge(resource, config)]
        else:
            violations = rule.judge(stack, config)
        if violations:
            found[rule.id] = [rule.message(each) for each in violations]
    return found


def _shown(value: Value) -> Value:
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return UNKNOWN if value == UNKNOWN_ON_THE_WIRE else value
