"""Stack files with encrypted values, read by those who have no key."""

from infra.secret_values import KEPT_SECRET, own_values, without_secrets


def test_every_encrypted_value_becomes_a_text_wherever_it_stands() -> None:
    value = {"a": {"secure": "v1:x"}, "b": [{"c": {"secure": "v1:y"}}, 1], "d": "plain"}
    assert without_secrets(value) == {"a": KEPT_SECRET, "b": [{"c": KEPT_SECRET}, 1], "d": "plain"}


def test_a_mapping_that_only_has_such_a_key_too_is_left_alone() -> None:
    value = {"secure": "v1:x", "more": 1}
    assert without_secrets(value) == value


def test_only_the_values_of_slipway_are_taken() -> None:
    config = {"slipway:platform": {"kind": "aws", "key": {"secure": "v1:x"}}, "aws:region": "us-east-1"}
    assert own_values(config) == {"platform": {"kind": "aws", "key": KEPT_SECRET}}
