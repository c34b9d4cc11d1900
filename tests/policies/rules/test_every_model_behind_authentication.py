import pytest
from planned_stack import MISSING, messages, spoil, without

ID = "route-auth-required"


@pytest.mark.parametrize("clients", [{}, None, MISSING])
def test_a_gateway_without_clients_is_refused(clients: object) -> None:
    found = messages(ID, spoil("gateway", "spec.clients", clients))
    assert "authenticates nobody. Where: Gateway gateway, spec.clients." in found[0]


@pytest.mark.parametrize("models", [[], ["tumours"], MISSING])
def test_a_model_that_no_client_may_call_is_refused(models: object) -> None:
    (found,) = messages(ID, spoil("gateway", "spec.clients.demo.models", models))
    assert 'no client of the gateway may call "digits". Where: model digits' in found
    assert 'Fix: list "digits" under the models of a client.' in found


def test_a_model_without_a_gateway_is_refused() -> None:
    found = messages(ID, without("gateway", "cluster-gateway"))
    assert all("there is no gateway" in message for message in found)
    assert len(found) == 2


def test_one_client_among_several_is_enough() -> None:
    clients = {"ops": {"models": []}, "shop": {"models": ["digits"]}}
    assert messages(ID, spoil("gateway", "spec.clients", clients)) == []
