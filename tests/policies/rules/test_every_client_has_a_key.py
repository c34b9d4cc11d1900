import pytest
from mechanics.facts import UNKNOWN
from planned_stack import MISSING, messages, spoil

ID = "client-keys-present"


@pytest.mark.parametrize("keys", [{}, None, MISSING])
def test_a_client_without_a_key_is_refused(keys: object) -> None:
    (found,) = messages(ID, spoil("process", "keys", keys))
    assert 'the client "demo" has no key. Where: GatewayProcess process, keys.demo.' in found


def test_a_key_that_belongs_to_no_client_is_refused() -> None:
    (found,) = messages(ID, spoil("process", "keys.former", "slip-0c1d2e"))
    assert '"former", who is no client' in found
    assert "slip-0c1d2e" not in found


@pytest.mark.parametrize("path", ["keys", "keys.demo"])
def test_keys_that_apply_will_generate_are_no_finding(path: str) -> None:
    assert messages(ID, spoil("process", path, UNKNOWN)) == []


def test_the_key_of_the_rollout_itself_belongs_to_no_client() -> None:
    assert messages(ID, spoil("process", "keys.slipway-operator", "slip-9")) == []
