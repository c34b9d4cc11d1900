import re

import pytest
from mechanics.addresses import is_loopback
from planned_stack import COMMAND, MISSING, messages, spoil

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


def _slot(flag: str, *instead: str) -> list[str]:
    kept = [argument for argument in COMMAND if not argument.startswith(flag)]
    return messages(ID, spoil("digits-blue", "command", [*kept, *instead]))


@pytest.mark.parametrize("flag", ["--http-address", "--grpc-address", "--metrics-address"])
@pytest.mark.parametrize("address", ["::", "10.0.0.5", "example.org", ""])
def test_a_model_server_that_listens_to_others_is_refused(flag: str, address: str) -> None:
    (found,) = _slot(flag, f"{flag}={address}")
    assert f'has {flag} "{address}". Where: digits/blue, command. Fix: use {flag}=127.0.0.1.' in found


@pytest.mark.parametrize("which", ["http_address", "grpc_address", "metrics_address"])
@pytest.mark.parametrize("address", ["10.0.0.5", "", 5])
def test_an_address_that_a_slot_declares_is_judged_like_one_of_its_command(which: str, address: object) -> None:
    (found,) = messages(ID, spoil("digits-blue", which, address))
    assert f"Where: digits/blue, {which}. Fix: listen on 127.0.0.1." in found
    assert messages(ID, spoil("digits-blue", which, MISSING)) == [], "the command is what counts"


@pytest.mark.parametrize("flag", ["--http-address", "--grpc-address"])
def test_a_model_server_that_is_told_no_address_listens_to_everybody(flag: str) -> None:
    (found,) = _slot(flag)
    assert f'has {flag} "0.0.0.0"' in found


def test_metrics_without_an_address_of_their_own_listen_where_http_does() -> None:
    assert _slot("--metrics-address") == []


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "localhost", "unix:/run/slot.sock"])
def test_loopback_and_sockets_are_not_reached_from_outside(address: str) -> None:
    assert is_loopback(address)
    assert _slot("--http-address", "--http-address", address) == []


def test_the_gateway_itself_may_listen_to_others() -> None:
    assert messages(ID, spoil("gateway", "spec.address", "10.0.0.5")) == [], "it is the one door"
