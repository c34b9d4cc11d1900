"""The rules look at types that the Kubernetes SDK or a controller really has, and at every form of them."""

import re
from collections import defaultdict

import pytest
from known_properties import defined, sdk_tokens
from mechanics.registry import EXEMPT, FORBIDDEN, OPAQUE, checked, known_types
from mechanics.tokens import ANY_KIND, Type, canonical

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


@pytest.mark.parametrize("type_", OF_SDK, ids=str)
def test_every_type_that_we_name_is_one_of_the_sdk(type_: Type) -> None:
    tokens = [token for token in sdk_tokens("pulumi_kubernetes") if canonical(token) == type_]
    assert tokens, "the SDK has no such type; rename it in the rules, or add its group to those of controllers"


OF_CONTROLLERS = [type_ for type_ in NAMED if type_.group in CUSTOM_GROUPS]
# The chart of its controller carries the definition of one, and no rule reads anything of it.
UNDEFINED = {("elbv2.k8s.aws", "TargetGroupBinding")}


def test_every_type_of_a_controller_that_we_name_is_one_that_it_defines() -> None:
    named = {(type_.group.removeprefix("kubernetes/"), type_.kind) for type_ in OF_CONTROLLERS}
    assert named - defined() == UNDEFINED


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
