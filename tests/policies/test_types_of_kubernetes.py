"""The rules look at types and properties that the Kubernetes SDK really has, and at every form of them."""

import importlib
import json
import re
from collections import defaultdict
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from mechanics.registry import EXEMPT, FORBIDDEN, OPAQUE, AnyRule, checked, known_types, load
from mechanics.tokens import ANY_KIND, Type, canonical
from pulumi._types import is_output_type, output_type_types, resource_types, unwrap_type

# Defined by controllers: the SDK has no classes for them. A cluster's API server knows their fields.
CUSTOM_GROUPS = {
    "kubernetes/elbv2.k8s.aws",
    "kubernetes/gateway.envoyproxy.io",
    "kubernetes/gateway.networking.k8s.io",
    "kubernetes/karpenter.k8s.aws",
    "kubernetes/karpenter.sh",
    "kubernetes/keda.sh",
    "kubernetes/monitoring.coreos.com",
}
NAMED = [
    type_
    for type_ in (*checked(), *(each.type for each in EXEMPT), *FORBIDDEN, *OPAQUE)
    if type_.group.startswith("kubernetes/") and type_.kind != ANY_KIND
]
OF_SDK = [type_ for type_ in NAMED if type_.group not in CUSTOM_GROUPS]


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


@cache
def classes(type_: Type) -> tuple[type[Any], ...]:
    """Return the SDK's classes of all versions of a type; patches and lists left out."""
    return tuple(
        getattr(importlib.import_module(module), name)
        for token, (module, name) in sdk_tokens("pulumi_kubernetes").items()
        if canonical(token) == type_ and name == type_.kind
    )


def has(properties: dict[str, Any], path: str) -> bool:
    """Tell whether a dotted path leads to a property; below a mapping of free keys every path does."""
    key, _, below = path.partition(".")
    if key not in properties:
        return False
    inner = _element(properties[key])
    return not below or not (isinstance(inner, type) and is_output_type(inner)) or has(output_type_types(inner), below)


def _element(type_: Any) -> Any:
    while (inner := unwrap_type(type_)) is not type_ and inner != type_:
        type_ = inner
    return type_


@pytest.mark.parametrize("type_", OF_SDK, ids=str)
def test_every_type_that_we_name_is_one_of_the_sdk(type_: Type) -> None:
    tokens = [token for token in sdk_tokens("pulumi_kubernetes") if canonical(token) == type_]
    assert tokens, "the SDK has no such type; rename it in the rules, or add its group to those of controllers"


RULES = [rule for rule in load() if any(type_ in OF_SDK for type_ in rule.types)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule.id))
def test_every_property_that_a_rule_reads_is_one_of_its_types(rule: AnyRule) -> None:
    elsewhere = {type_ for type_ in rule.types if type_ not in OF_SDK}
    known = [resource_types(each) for type_ in rule.types if type_ in OF_SDK for each in classes(type_)]
    unfound = [path for path in rule.reads if path and not any(has(properties, path) for properties in known)]
    assert not unfound or elsewhere, f"{unfound} is no property of any type that {rule.id} looks at"


@pytest.mark.parametrize("package", ["pulumi_kubernetes", "pulumi_aws"])
def test_every_form_of_a_type_that_we_know_is_known(package: str) -> None:
    forms: defaultdict[str, set[Type]] = defaultdict(set)
    for token in sdk_tokens(package):
        head, _, kind = token.rpartition(":")
        base = re.sub(r"(Patch|List|[vV]2)$", "", kind) or kind
        forms[f"{re.sub(r'/v[0-9].*$', '', head).partition('/')[0]}:{base}"].add(canonical(token))
    known = set(known_types())
    for siblings in forms.values():
        if siblings & known:
            assert all(any(type_.covers(each) for type_ in known) for each in siblings), siblings


def test_kinds_that_moved_between_groups_are_looked_at_in_both() -> None:
    by_kind: defaultdict[str, set[Type]] = defaultdict(set)
    for token in sdk_tokens("pulumi_kubernetes"):
        by_kind[canonical(token).kind].add(canonical(token))
    looked_at = set(checked())
    for kind, types in by_kind.items():
        if types & looked_at and kind != "Event":
            assert types <= looked_at, f"{kind} is looked at in one group and not in another: {types - looked_at}"


def test_an_object_of_another_version_or_form_is_the_same_to_the_rules() -> None:
    for kind in ("Deployment", "DeploymentPatch", "DeploymentList"):
        for version in ("v1", "v1beta1", "v1beta2"):
            token = f"kubernetes:apps/{version}:{kind}"
            assert token in sdk_tokens("pulumi_kubernetes")
            assert canonical(token) in checked()
