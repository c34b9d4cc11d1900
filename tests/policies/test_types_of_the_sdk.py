"""The rules look at types that the SDK really has, so that a renamed one cannot make a rule blind."""

import importlib
from functools import cache

import pulumi
import pytest
from mechanics.registry import EXEMPT, FORBIDDEN, checked
from mechanics.tokens import ANY_KIND, Type

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


@pytest.mark.parametrize("type_", AWS, ids=str)
def test_every_type_that_we_name_is_one_of_the_sdk(type_: Type) -> None:
    assert resource_class(type_) is not None, "the SDK has no such type; rename it in the rules"
