"""Folders that are made once for all checkouts of a user, and kept by what they were made from."""

from collections.abc import Callable
from pathlib import Path

from tests.cluster.errors import ClusterError
from toolchain.cache import filled, locked, user_cache
from toolchain.progress import CommandError, step

PLACE = user_cache() / "cluster"


def kept_folder(name: str, key: str) -> Path:
    """Where the folder of a name and a key is, or would be."""
    return PLACE / f"{name}-{key}"


def kept(name: str, key: str, what: str, duration: str, fill: Callable[[Path], None]) -> Path:
    """The folder of a name and a key; made when it is not there.

    Args:
        name: What it holds, as the beginning of the folder's name.
        key: Names what it is made from.
        what: What is done to make it, as the beginning of a sentence.
        duration: Roughly how long that takes.
        fill: Fills an empty folder, or raises a `CommandError`.

    Raises:
        ClusterError: It cannot be made; the message is the end of what a command wrote.
    """
    folder = kept_folder(name, key)
    if folder.is_dir():
        return folder
    # One at a time: a build takes every core and gigabytes of memory.
    with locked(PLACE / "lock"):
        if not folder.is_dir():
            try:
                with step(what, duration), filled(folder) as partial:
                    fill(partial)
            except CommandError as error:
                raise ClusterError(str(error)) from error
    return folder
