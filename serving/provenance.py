"""Where a release comes from: the commit of the code, the hash of the data."""

import hashlib
import subprocess
from pathlib import Path


def sha256_of(path: Path) -> str:
    """Hash a file, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def git_commit(code: Path) -> str | None:
    """Find the commit that last changed some code.

    Args:
        code: a file or folder in a checkout.

    Returns:
        40 hex digits, with `-dirty` behind if tracked files differ from it; None outside a checkout.
    """
    commit = _git(code, "log", "-1", "--format=%H", "--", code.name if code.is_file() else ".")
    if not commit:
        return None
    changes = _git(code, "status", "--porcelain", "--untracked-files=no", "--", code.name if code.is_file() else ".")
    return f"{commit}-dirty" if changes else commit


def _git(code: Path, *arguments: str) -> str | None:
    folder = code.parent if code.is_file() else code
    try:
        done = subprocess.run(["git", "-C", folder, *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
