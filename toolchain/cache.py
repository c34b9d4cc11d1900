"""A folder that two setups may fill at the same time, and that never shows a half-made entry."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def user_cache() -> Path:
    """The folder for Slipway's downloads and builds below the user's cache folder.

    Source: https://specifications.freedesktop.org/basedir-spec/latest/
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "slipway"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a lock that another process waits for; the kernel lets go of it when the holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Waiting for another setup to finish (it holds {path}) ...", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def filled(directory: Path) -> Iterator[Path]:
    """Gives an empty folder beside `directory` to fill, and renames it into place when that succeeded.

    The caller holds the lock: what a broken-off run left behind is thrown away.
    """
    partial = directory.with_name(f"{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    shutil.rmtree(directory, ignore_errors=True)
    partial.rename(directory)
