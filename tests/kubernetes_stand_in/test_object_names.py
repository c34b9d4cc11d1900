"""Names, ids and field managers."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.kubernetes_stand_in.object_names import identity, is_generated, named, place, token_of

_URN = "urn:pulumi:dev::slipway::{}::web"
_NAMES = st.from_regex(r"[a-z][a-z0-9-]{0,80}", fullmatch=True)


@pytest.mark.parametrize(
    ("types", "api_version", "kind", "patch"),
    [
        ("kubernetes:apps/v1:Deployment", "apps/v1", "Deployment", False),
        ("kubernetes:core/v1:Namespace", "v1", "Namespace", False),
        ("kubernetes:core/v1:NodePatch", "v1", "Node", True),
        ("slipway:kubernetes:Model$kubernetes:example.com/v1:Thing", "example.com/v1", "Thing", False),
    ],
)
def test_a_urn_says_what_kind_of_object_it_is(types: str, api_version: str, kind: str, patch: bool) -> None:
    token = token_of(_URN.format(types))
    assert (token.api_version, token.kind, token.patch, token.logical) == (api_version, kind, patch, "web")


def test_the_field_manager_is_the_resource_s_own_and_stays_when_its_parent_changes() -> None:
    urns = [f"{parent}kubernetes:apps/v1:Deployment" for parent in ("", "a:b:C$")]
    managers = {token_of(_URN.format(types)).manager for types in urns}
    assert len(managers) == 1
    assert managers.pop().startswith("pulumi-kubernetes-")
    other = token_of(_URN.format("kubernetes:apps/v1:Deployment").replace(":dev:", ":prod:"))
    assert other.manager != token_of(_URN.format(urns[0])).manager


@given(st.none() | _NAMES, _NAMES)
def test_an_id_leads_back_to_the_place_of_its_object(namespace: str | None, name: str) -> None:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    assert place(identity({"metadata": metadata})) == (namespace, name)


@given(_NAMES, st.binary(min_size=8, max_size=32))
def test_a_generated_name_is_that_of_the_resource_with_eight_digits_and_is_kept(logical: str, seed: bytes) -> None:
    first = named({"metadata": {"labels": {"a": "b"}}}, {}, logical, seed)
    name = first["metadata"]["name"]
    assert re.fullmatch(rf"{re.escape(logical)}-[0-9a-f]{{8}}", name), (
        "nothing is cut: the API server judges the length"
    )
    assert is_generated(first)
    assert first["metadata"]["labels"] == {"a": "b"}
    assert named({}, first, logical, bytes(32))["metadata"]["name"] == name


def test_a_name_of_the_program_s_own_is_left_as_it_is() -> None:
    item: dict[str, Any] = {"metadata": {"name": "mine"}}
    assert named(item, {}, "web", b"12345678") == item
    assert not is_generated(item)


def test_a_fixed_name_that_is_dropped_becomes_a_new_generated_one() -> None:
    again = named({}, {"metadata": {"name": "mine"}}, "web", bytes(8))
    assert again["metadata"]["name"] == "web-00000000"


def test_a_prefix_of_the_program_s_own_begins_the_name() -> None:
    assert named({"metadata": {"generateName": "job-"}}, {}, "web", bytes(8))["metadata"]["name"] == "job-00000000"
