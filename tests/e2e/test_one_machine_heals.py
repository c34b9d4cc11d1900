"""What heals by itself after `kill -9`, and what waits for the next `pulumi up --refresh`.

By itself: a model server, its stub, the gateway and the prober. By the next up: the supervisor.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from components.local.slot_process import shared_memory_prefix
from tests.support.callers import ask
from tests.support.stack import StackUnderTest, stack_under_test
from tests.support.tiny_releases import linear_model, make_release, rows
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e]

# Starting a model server takes 2 s on a quiet machine.
HEAL_SECONDS = 30
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where the kernel shows it
TRITON = "bin/tritonserver"
STUB = "backends/python/triton_python_backend_stub"
ENVOY = "envoy/_bin/envoy"
PROBER = "serving.prober"
SUPERVISOR = "supervisor.supervisord"
EVERY_PROCESS = (TRITON, STUB, ENVOY, PROBER, SUPERVISOR)
MODELS: dict[str, Any] = {"tiny": {"slots": {"blue": {"release": "releases/tiny/1"}}, "live": "blue"}}
GATEWAY: dict[str, Any] = {"clients": {"demo": {"models": ["tiny"]}}}
IMPATIENT = {"probing": {"interval_seconds": 0.3, "failures_to_restart": 2}}


@pytest.fixture(scope="module")
def stack() -> Iterator[StackUnderTest]:
    with stack_under_test(MODELS, GATEWAY, platform=IMPATIENT) as made:
        make_release(linear_model(), made.folder / "releases" / "tiny" / "1")
        made.up()
        yield made


@pytest.fixture
def healthy(stack: StackUnderTest) -> StackUnderTest:
    until(lambda: is_healthy(stack), HEAL_SECONDS, "a healthy stack to begin with")
    until(lambda: process_of(stack, TRITON), HEAL_SECONDS, "one model server")
    return stack


def is_healthy(stack: StackUnderTest) -> bool:
    return stack.answers("tiny", {"x": rows(1)}) and ask(stack.url, "/v2/health/ready").status == 200


def process_of(stack: StackUnderTest, what: str) -> psutil.Process | None:
    found = stack.processes(what)
    return found[0] if len(found) == 1 else None


def kill(stack: StackUnderTest, what: str) -> psutil.Process:
    process = process_of(stack, what)
    assert process is not None, f"there must be exactly one {what}"
    process.kill()
    return process


@pytest.mark.parametrize("what", [TRITON, ENVOY, PROBER])
def test_a_killed_process_comes_back_by_the_supervisor(healthy: StackUnderTest, what: str) -> None:
    killed = kill(healthy, what)
    until(lambda: (found := process_of(healthy, what)) and found != killed, HEAL_SECONDS, f"another {what}")
    until(lambda: is_healthy(healthy), HEAL_SECONDS, f"right answers after the end of {what}")


def test_a_killed_stub_comes_back_by_the_prober(healthy: StackUnderTest) -> None:
    server = process_of(healthy, TRITON)
    assert server is not None
    # The stub of a model server that was killed may be there still; nobody asks it any more.
    (killed,) = server.children()
    killed.kill()
    # Its model server goes on and says that it is ready, so only a golden answer tells.
    until(lambda: process_of(healthy, TRITON) not in (None, server), HEAL_SECONDS, "another model server")
    until(lambda: is_healthy(healthy), HEAL_SECONDS, "right answers after the end of the stub")
    assert not killed.is_running()
    assert "restart 1 of tiny.blue" in (healthy.stack_dir.logs / "prober.log").read_text()


def test_the_shared_memory_of_killed_model_servers_is_given_back(healthy: StackUnderTest) -> None:
    (slot,) = healthy.stack_dir.slots.iterdir()
    prefix = shared_memory_prefix(healthy.stack_dir, slot.name)
    regions = [path for path in SHARED_MEMORY.iterdir() if path.name.startswith(prefix)]
    assert len(regions) == 1, "servers that crash again and again must not fill the machine's memory"


def test_a_killed_supervisor_comes_back_by_the_next_up(healthy: StackUnderTest) -> None:
    killed = kill(healthy, SUPERVISOR)
    killed.wait(10)
    healthy.up(refresh=True)
    until(lambda: is_healthy(healthy), HEAL_SECONDS, "right answers under another supervisor")
    now = {what: process_of(healthy, what) for what in EVERY_PROCESS}
    assert None not in now.values(), "one of each: nothing of the old supervisor may still run beside the new"
    assert now[SUPERVISOR] != killed


def test_a_machine_that_lost_everything_is_whole_after_the_next_up(healthy: StackUnderTest) -> None:
    for process in [process_of(healthy, SUPERVISOR), *healthy.processes()]:
        if process and process.is_running():
            process.kill()
    until(lambda: not healthy.processes(), 10, "the end of every process")
    healthy.up(refresh=True)
    until(lambda: is_healthy(healthy), HEAL_SECONDS, "right answers after everything was lost")


def test_after_all_this_a_further_up_has_nothing_to_do(healthy: StackUnderTest) -> None:
    assert "unchanged" in healthy.up(refresh=True).text.partition("Resources:")[2]
