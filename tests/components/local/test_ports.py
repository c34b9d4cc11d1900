"""Which slot listens where."""

import os
import socket
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from components.local.ports import SlotPorts, free, release_ports, require_free, slot_ports
from components.local.stack_dir import StackDir
from serving.errors import ConfigurationError
from tests.support.supervised import stack_folder

FIRST, COUNT = 21000, 12
SLOTS = ("a.blue.1", "a.green.2", "b.blue.3", "b.green.4", "c.blue.5")


@pytest.fixture
def stack_dir() -> Iterator[StackDir]:
    with stack_folder() as folder:
        yield folder


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this process listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def nothing_taken(_port: int) -> bool:
    return True


def test_a_port_is_free_until_somebody_listens(taken: int) -> None:
    assert not free(taken)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert free(port)


def test_a_port_that_is_taken_on_every_address_is_taken_on_loopback() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:  # noqa: S104 - the case that is tested
        assert not free(server.getsockname()[1])


def test_a_taken_port_is_refused_with_the_process_that_holds_it(taken: int) -> None:
    with pytest.raises(ConfigurationError) as refused:
        require_free(taken, "127.0.0.1", "gateway.port")
    assert f"gateway.port is {taken}, but 127.0.0.1:{taken} is taken by process {os.getpid()} (" in str(refused.value)
    assert "set another port" in str(refused.value)


def test_an_address_of_another_machine_is_called_that() -> None:
    with pytest.raises(ConfigurationError, match=r"198.51.100.1:8080 cannot be listened on \(Cannot assign requested"):
        require_free(8080, "198.51.100.1", "gateway.port")


def test_a_free_port_is_no_problem() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    require_free(port, "127.0.0.1", "gateway.port")


def test_a_slot_finds_its_ports_again(stack_dir: StackDir) -> None:
    first = slot_ports(stack_dir, "a.blue.1", FIRST, COUNT, nothing_taken)
    assert first == SlotPorts(FIRST, FIRST + 1, FIRST + 2)
    assert slot_ports(stack_dir, "a.green.2", FIRST, COUNT, nothing_taken).http == FIRST + 3
    assert slot_ports(stack_dir, "a.blue.1", FIRST, COUNT, nothing_taken) == first


def test_a_slot_whose_port_was_taken_meanwhile_gets_others(stack_dir: StackDir) -> None:
    slot_ports(stack_dir, "a.blue.1", FIRST, COUNT, nothing_taken)
    found = slot_ports(stack_dir, "a.blue.1", FIRST, COUNT, lambda port: port != FIRST + 1)
    assert found.http == FIRST + 3


def test_a_range_without_room_is_refused_with_what_to_do(stack_dir: StackDir) -> None:
    with pytest.raises(
        ConfigurationError,
        match=r"platform.slot_ports has no three free ports between 21000 and 21011 for a.blue.1; give it",
    ):
        slot_ports(stack_dir, "a.blue.1", FIRST, COUNT, lambda port: port % 3 != 1)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=50)
@given(taken=st.sets(st.integers(FIRST, FIRST + COUNT - 1)))
def test_ports_come_from_the_range_and_are_free_or_nothing_is_given(taken: set[int]) -> None:
    with stack_folder() as stack_dir:
        room = any(taken.isdisjoint(range(start, start + 3)) for start in range(FIRST, FIRST + COUNT, 3))
        try:
            found = set(asdict(slot_ports(stack_dir, "s", FIRST, COUNT, lambda port: port not in taken)).values())
        except ConfigurationError:
            assert not room
        else:
            assert len(found) == 3
            assert found.isdisjoint(taken)
            assert found <= set(range(FIRST, FIRST + COUNT))


class PortBook(RuleBasedStateMachine):
    """Slots come and go; no two that are there ever share a port."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = stack_folder()
        self.stack_dir = self.folder.__enter__()
        self.held: dict[str, SlotPorts] = {}

    @rule(slot=st.sampled_from(SLOTS))
    def come(self, slot: str) -> None:
        try:
            found = slot_ports(self.stack_dir, slot, FIRST, COUNT, nothing_taken)
        except ConfigurationError:
            assert len(self.held) == COUNT // 3, "there was room"
            return
        assert found == self.held.get(slot, found)
        self.held[slot] = found

    @rule(slot=st.sampled_from(SLOTS))
    def go(self, slot: str) -> None:
        release_ports(self.stack_dir, slot)
        self.held.pop(slot, None)

    @invariant()
    def nobody_shares(self) -> None:
        ports = [port for held in self.held.values() for port in asdict(held).values()]
        assert len(ports) == len(set(ports))

    def teardown(self) -> None:
        self.folder.__exit__(None, None, None)


PortBook.TestCase.settings = settings(max_examples=20, stateful_step_count=15, deadline=None)
TestPortBook = PortBook.TestCase
