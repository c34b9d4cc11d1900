"""Names and labels that routes, Services and people refer to objects by."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.kubernetes.manifest import type_token
from components.kubernetes.object_names import content_name, label_value, name_problems, object_name, slot_name
from tests.support.cluster_examples import SITE

NAMES = st.from_regex(r"\A[a-z]([a-z0-9_-]{0,37}[a-z0-9])?\Z")
LABEL = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")


@given(model=NAMES)
def test_every_model_has_names_that_kubernetes_takes(model: str) -> None:
    for name in (
        object_name(model),
        slot_name(model, "green"),
        content_name(f"{slot_name(model, 'green')}-gate", {"any": "content"}),
    ):
        assert LABEL.match(name), name


@given(text=st.from_regex(r"\A[A-Za-z0-9_.-]{1,100}\Z"))
def test_a_stack_of_any_name_can_be_a_label(text: str) -> None:
    assert re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?", label_value(text))


@pytest.mark.parametrize(
    ("models", "told"),
    [
        (["digits", "tumours"], []),
        (["a_b", "a-b"], ["named a-b;", "named a-b-blue;", "named a-b-green;"]),
        (["digits", "digits-blue"], ["named digits-blue;"]),
    ],
)
def test_models_whose_objects_would_be_one_are_told(models: list[str], told: list[str]) -> None:
    found = list(name_problems(models))
    assert len(found) == len(told)
    assert all(part in sentence for part, sentence in zip(told, found, strict=True))


def test_a_name_follows_its_content_and_not_the_order_of_its_keys() -> None:
    assert content_name("x", {"a": 1, "b": 2}) == content_name("x", {"b": 2, "a": 1})
    assert content_name("x", {"a": 1}) != content_name("x", {"a": 2})


def test_a_digest_is_cut_to_what_a_label_holds() -> None:
    assert SITE.labels("model", model="a_b", release="f" * 64) == {
        "app.kubernetes.io/part-of": "slipway",
        "app.kubernetes.io/component": "model",
        "slipway.dev/stack": "test",
        "slipway.dev/model": "a-b",
        "slipway.dev/release": "f" * 32,
    }


@pytest.mark.parametrize(
    ("version", "token"),
    [
        ("v1", "kubernetes:core/v1:Kind"),
        ("gateway.networking.k8s.io/v1", "kubernetes:gateway.networking.k8s.io/v1:Kind"),
    ],
)
def test_an_object_has_the_type_that_the_official_provider_knows(version: str, token: str) -> None:
    assert type_token(version, "Kind") == token
