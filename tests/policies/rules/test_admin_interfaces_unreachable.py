import re

import pytest
from mechanics.addresses import is_loopback
from planned_stack import MISSING, messages, spoil

ID = "admin-interfaces-not-reachable"


@pytest.mark.parametrize("gateway", ["gateway", "process"])
@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("spec.admin.kind", "tcp", 'is "tcp" at "run/gateway-admin.sock", not a unix socket'),
        ("spec.admin.path", "", "Fix: make it a unix_socket with a path"),
        ("spec.admin.mode", "0666", 'the mode of the admin socket is "0666"'),
        ("spec.admin.mode", MISSING, "is not set"),
        ("spec.admin", MISSING, "is not set at not set"),
    ],
)
def test_a_gateway_whose_admin_interface_others_can_open_is_refused(
    gateway: str, path: str, value: object, message: str
) -> None:
    assert re.search(message, messages(ID, spoil(gateway, path, value))[0])


@pytest.mark.parametrize("which", ["http_address", "grpc_address", "metrics_address"])
@pytest.mark.parametrize("address", ["::", "10.0.0.5", "example.org", MISSING])
def test_a_model_server_that_listens_to_others_is_refused(which: str, address: object) -> None:
    (found,) = messages(ID, spoil("digits-blue", which, address))
    assert f"Where: digits/blue, {which}. Fix: listen on 127.0.0.1." in found


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "unix:/run/slot.sock"])
def test_loopback_and_sockets_are_not_reached_from_outside(address: str) -> None:
    assert is_loopback(address)
    assert messages(ID, spoil("digits-blue", "http_address", address)) == []


def test_the_gateway_itself_may_listen_to_others() -> None:
    assert messages(ID, spoil("gateway", "spec.address", "10.0.0.5")) == [], "it is the one door"
