import subprocess
import sys
from pathlib import Path

import pytest

from toolchain.cache import filled, locked, user_cache

ROOT = Path(__file__).parents[2]
HOLD = """
import sys
from pathlib import Path
from toolchain.cache import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
WAIT = """
import sys
from pathlib import Path
from toolchain.cache import locked
with locked(Path(sys.argv[1])):
    print("mine")
"""


def start(program: str, lock: Path) -> "subprocess.Popen[str]":
    """Starts another process that takes the lock."""
    command = [sys.executable, "-u", "-c", program, str(lock)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def read_line(process: "subprocess.Popen[str]") -> str:
    """Waits for the next line that a process writes."""
    assert process.stdout
    return process.stdout.readline()


def test_the_cache_is_where_the_desktop_standard_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache() == tmp_path / "slipway"


@pytest.mark.parametrize("value", ["", "relative/folder"])
def test_an_empty_or_relative_cache_setting_is_ignored(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", value)
    assert user_cache() == Path.home() / ".cache" / "slipway"


def test_a_second_process_waits_for_the_lock_and_says_so(tmp_path: Path) -> None:
    lock = tmp_path / "new folder" / "lock"
    with start(HOLD, lock) as holder:
        assert read_line(holder) == "held\n"
        with start(WAIT, lock) as waiter:
            assert read_line(waiter) == f"Waiting for another setup to finish (it holds {lock}) ...\n"
            holder.communicate()
            assert read_line(waiter) == "mine\n"


def test_a_killed_holder_lets_go_of_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    with start(HOLD, lock) as holder:
        assert read_line(holder) == "held\n"
        holder.kill()
    with locked(lock):
        assert lock.exists()


def test_a_filled_folder_appears_whole(tmp_path: Path) -> None:
    target = tmp_path / "entry"
    with filled(target) as partial:
        (partial / "file").write_text("content")
        assert not target.exists(), "a half-made entry must not be seen"
    assert (target / "file").read_text() == "content"
    assert [path.name for path in tmp_path.iterdir()] == ["entry"]


def test_a_failure_while_filling_leaves_the_old_entry(tmp_path: Path) -> None:
    target = tmp_path / "entry"
    target.mkdir()
    (target / "file").write_text("old")
    with pytest.raises(FileNotFoundError), filled(target) as partial:
        (partial / "no such folder" / "file").write_text("new")
    assert (target / "file").read_text() == "old"


def test_what_a_broken_off_run_left_is_not_taken_over(tmp_path: Path) -> None:
    target = tmp_path / "entry"
    (tmp_path / "entry.partial").mkdir()
    (tmp_path / "entry.partial" / "rest").write_text("of a killed run")
    with filled(target) as partial:
        (partial / "file").write_text("content")
    assert [path.name for path in target.iterdir()] == ["file"]
