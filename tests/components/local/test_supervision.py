"""The supervisor of a stack, with a real supervisor and processes that do nothing."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from components.local.stack_dir import StackDir
from components.local.supervision import leftovers
from tests.support.waiting import until

WAITS = "import time; time.sleep(60)"


@contextmanager
def process_named(*arguments: str) -> Iterator[int]:
    """Run a process that only waits, with these arguments on its command line."""
    process = subprocess.Popen([sys.executable, "-c", WAITS, *arguments])
    try:
        until(lambda: arguments[-1] in psutil.Process(process.pid).cmdline(), 5, "the start of a process")
        yield process.pid
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def stack_dir(tmp_path: Path) -> StackDir:
    return StackDir.at(tmp_path / "local")


@pytest.mark.parametrize("server", ["bin/tritonserver", "triton_python_backend_stub", "envoy", "serving.prober"])
def test_a_process_that_names_a_file_of_the_stack_is_its_leftover(stack_dir: StackDir, server: str) -> None:
    with process_named(server, f"--config={stack_dir.path}/some/file") as pid:
        assert [process.pid for process in leftovers(stack_dir)] == [pid]


def test_a_process_that_names_the_stack_itself_is_its_leftover(stack_dir: StackDir) -> None:
    with process_named("serving.prober", "--stack-dir", str(stack_dir.path)) as pid:
        assert [process.pid for process in leftovers(stack_dir)] == [pid]


@pytest.mark.parametrize("other", ["local2", "local-copy/run"])
def test_a_process_of_a_stack_with_a_similar_name_is_left_alone(stack_dir: StackDir, other: str) -> None:
    with process_named("serving.prober", "--stack-dir", str(stack_dir.path.parent / other)):
        assert leftovers(stack_dir) == []


def test_a_users_own_process_in_the_folder_is_left_alone(stack_dir: StackDir) -> None:
    with process_named("tail", "-f", f"{stack_dir.logs}/gateway.log"):
        assert leftovers(stack_dir) == []
