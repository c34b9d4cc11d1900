"""What is left of a stack after `pulumi destroy`: nothing but its state file and what the user made."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.stack import StackUnderTest, stack_under_test
from tests.support.tiny_releases import linear_model, make_release, rows
from tests.support.waiting import until

pytestmark = [pytest.mark.e2e]

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where the kernel shows them
# Stopping a model server takes 3 s; the rest is the engine. A drain that waits for nothing takes 20 s.
DESTROY_SECONDS = 18
MODELS = {"tiny": {"slots": {"blue": {"release": "releases/tiny/1"}}, "live": "blue"}}
GATEWAY = {"clients": {"demo": {"models": ["tiny"]}}}


@pytest.fixture(scope="module")
def stack() -> Iterator[StackUnderTest]:
    with stack_under_test(MODELS, GATEWAY) as made:
        make_release(linear_model(), made.folder / "releases" / "tiny" / "1")
        yield made


def shared_memory_of(processes: list[psutil.Process]) -> set[str]:
    """Return the shared memory regions that processes have mapped."""
    paths = {mapped.path.removesuffix(" (deleted)") for process in processes for mapped in process.memory_maps()}
    return {path for path in paths if path.startswith(f"{SHARED_MEMORY}/")}


def files_of(stack: StackUnderTest) -> set[str]:
    return {path.name for path in stack.folder.iterdir()} - {"__pycache__"}


def left_in(stack: StackUnderTest) -> set[str]:
    return {path.name for path in stack.stack_dir.path.iterdir()}


def kill(stack: StackUnderTest, name: str) -> None:
    (process,) = stack.processes(name)
    process.kill()
    until(lambda: not process.is_running(), 10, f"the end of {name}")


def test_destroy_leaves_no_process_no_file_and_no_shared_memory(stack: StackUnderTest) -> None:
    before = files_of(stack)
    stack.up()
    assert stack.answers("tiny", {"x": rows(4)})
    regions = shared_memory_of(stack.processes())
    assert regions, "the model server hands tensors to its stub in shared memory"

    destroyed = stack.destroy()

    assert stack.processes() == []
    assert left_in(stack) == {"reports"}, "reports outlive the stack, nothing else does"
    assert files_of(stack) == before, "everything that a stack makes lies below .slipway/"
    assert {region for region in regions if Path(region).exists()} == set()
    assert destroyed.seconds < DESTROY_SECONDS, "with no request under way there is nothing to wait for"


def test_destroy_after_a_lost_supervisor_and_model_server_leaves_nothing_either(stack: StackUnderTest) -> None:
    stack.up()
    regions = shared_memory_of(stack.processes())
    kill(stack, "supervisor.supervisord")
    kill(stack, "bin/tritonserver")
    stack.destroy()
    assert stack.processes() == []
    assert left_in(stack) == {"reports"}
    assert {region for region in regions if Path(region).exists()} == set()
