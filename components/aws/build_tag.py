"""The tag of an image we build: a digest of everything that goes into it.

A fixed tag fails on its second push to an immutable repository.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

TAG_CHARACTERS = 12
IGNORED = frozenset({".git", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"})


def build_tag(context: Path, dockerfile: Path, *, target: str | None, args: Mapping[str, str]) -> str:
    """Return `rel-` and twelve hex digits.

    Args:
        context: the folder that the build sees.
        dockerfile: the recipe; the base images that it names by digest are part of it.
        target: the stage that is built.
        args: build arguments.
    """
    digest = hashlib.sha256()
    for path in context_files(context):
        _add(digest, str(path.relative_to(context)).encode(), path.read_bytes())
    _add(digest, b"Dockerfile", dockerfile.read_bytes())
    _add(digest, b"args", json.dumps({"args": dict(args), "target": target}, sort_keys=True).encode())
    return f"rel-{digest.hexdigest()[:TAG_CHARACTERS]}"


def context_files(context: Path) -> list[Path]:
    """Return the files of a build context in a fixed order, without caches."""
    found = (path for path in context.rglob("*") if path.is_file())
    return sorted(path for path in found if not IGNORED & set(path.relative_to(context).parts))


def _add(digest: "hashlib._Hash", name: bytes, content: bytes) -> None:
    for part in (name, content):
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
