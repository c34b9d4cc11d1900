"""The rules look at types and properties that the SDK really has, so that a renamed one cannot make a rule blind."""

import importlib
from functools import cache

import pulumi
import pytest
from mechanics.registry import EXEMPT, FORBIDDEN, AnyRule, checked, load
from mechanics.tokens import ANY_KIND, Type
from pulumi._types import resource_types

AWS = [
    type_
    for type_ in (*checked(), *(each.type for each in EXEMPT), *FORBIDDEN)
    if type_.group.startswith("aws/") and type_.kind != ANY_KIND
]


@cache
def resource_class(type_: Type) -> type[pulumi.CustomResource] | None:
    """Return the SDK's class of a type, in the form that is current."""
    module = importlib.import_module(f"pulumi_aws.{type_.group.removeprefix('aws/').replace('lambda', 'lambda_')}")
    names = (type_.kind, f"{type_.kind}v2", f"{type_.kind}V2")
    return next((getattr(module, name) for name in names if hasattr(module, name)), None)


def properties(type_: Type) -> set[str]:
    """Return the properties of a type, as the engine names them."""
    found = resource_class(type_)
    return set(resource_types(found)) if found else set()


@pytest.mark.parametrize("type_", AWS, ids=str)
def test_every_type_that_we_name_is_one_of_the_sdk(type_: Type) -> None:
    assert resource_class(type_) is not None, "the SDK has no such type; rename it in the rules"


RULES = [rule for rule in load() if any(type_ in AWS for type_ in rule.types)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_every_property_that_a_rule_reads_is_one_of_its_types(rule: AnyRule) -> None:
    known = {name for type_ in rule.types if type_ in AWS for name in properties(type_)}
    # Slipway's own budget and the provider itself are no types of the SDK's modules; some rules read everything.
    assert {path.partition(".")[0] for path in rule.reads} <= known | {"", "spec", "region"}
