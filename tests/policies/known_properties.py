"""Which properties the types have that rules look at: by an SDK, a controller's definition, or our own program."""

import importlib
import inspect
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from every_program import every_program
from mechanics.registry import OPAQUE
from mechanics.tokens import POD, Type, canonical
from pulumi._types import is_output_type, output_type_types, resource_types, unwrap_type

from tests.cluster.definitions import CRDS, definitions

Schema = Mapping[str, Any]


@cache
def sdk_tokens(package: str) -> dict[str, tuple[str, str]]:
    """Return token → module and class of everything that an SDK can make, without importing the SDK."""
    spec = find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    found = re.search(r'resource_modules="""(.*?)"""', Path(spec.origin).read_text(), re.DOTALL)
    assert found is not None
    modules = json.loads(found[1])
    return {token: (each["fqn"], name) for each in modules for token, name in each["classes"].items()}


def knows(types: tuple[Type, ...], path: str) -> bool:
    """Tell whether a dotted path leads to a property of any of these types."""
    # What the containers of a pod say is looked for in every kind that has pods.
    kinds = {*types, *POD} if set(types) & set(POD) else set(types)
    return any(_knows(type_, path) for type_ in kinds)


def defined() -> set[tuple[str, str]]:
    """Return group and kind of everything that a controller's definition describes."""
    return set(_schemas())


def _knows(type_: Type, path: str) -> bool:
    package, _, group = type_.group.partition("/")
    if "slipway/" in f"{type_.group}/" or package == "pulumi":
        return any(_leads(each.props, path) for each in every_program().of((type_,)))
    if package == "kubernetes" and (group, type_.kind) in _schemas():
        return any(_described(schema, path) for schema in _schemas()[group, type_.kind])
    return any(_has(resource_types(each), path) or _takes(type_, each, path) for each in _classes(type_))


@cache
def _classes(type_: Type) -> tuple[type[Any], ...]:
    """Return the SDK's classes of all versions of a type; patches and lists left out."""
    package = f"pulumi_{type_.group.partition('/')[0]}"
    if package not in {"pulumi_aws", "pulumi_kubernetes"}:
        return ()
    return tuple(
        getattr(importlib.import_module(module), name)
        for token, (module, name) in sdk_tokens(package).items()
        if canonical(token) == type_ and re.fullmatch(rf"{type_.kind}([vV]2)?", name)
    )


def _has(properties: dict[str, Any], path: str) -> bool:
    """Tell whether a class has a property; below a mapping of free keys it has every one."""
    key, _, below = path.partition(".")
    if key not in properties:
        return False
    inner = _element(properties[key])
    return not below or not (isinstance(inner, type) and is_output_type(inner)) or _has(output_type_types(inner), below)


def _element(type_: Any) -> Any:
    while (inner := unwrap_type(type_)) is not type_ and inner != type_:
        type_ = inner
    return type_


def _takes(type_: Type, class_: type[Any], path: str) -> bool:
    """Tell whether what hides its content is made with an argument, which it does not give back."""
    return type_ in OPAQUE and path.partition(".")[0] in inspect.signature(class_._internal_init).parameters


@cache
def _schemas() -> dict[tuple[str, str], tuple[Schema, ...]]:
    """Return what controllers define, in all versions, by group and kind."""
    return {
        (each["spec"]["group"], each["spec"]["names"]["kind"]): tuple(
            version["schema"]["openAPIV3Schema"] for version in each["spec"]["versions"]
        )
        for each in _definitions()
    }


def _definitions() -> Iterator[Schema]:
    for folder in CRDS:
        for path in sorted((definitions() / folder).rglob("*.yaml")):
            # As text, whatever a value is: one of them is a lone "=", which YAML gives a meaning of its own.
            for document in yaml.load_all(path.read_text(), yaml.CBaseLoader):
                if document and document.get("kind") == "CustomResourceDefinition":
                    yield document


def _described(schema: Schema, path: str) -> bool:
    if not path:
        return True
    if schema.get("type") == "array":
        return _described(schema["items"], path)
    key, _, below = path.partition(".")
    if key == "metadata":
        return True
    inner = schema.get("properties", {}).get(key, schema.get("additionalProperties"))
    return _described(inner, below) if inner else schema.get("x-kubernetes-preserve-unknown-fields") == "true"


def _leads(value: Any, path: str) -> bool:
    if not path:
        return True
    if isinstance(value, list):
        return any(_leads(each, path) for each in value)
    key, _, below = path.partition(".")
    return isinstance(value, Mapping) and key in value and _leads(value[key], below)
