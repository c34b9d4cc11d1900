"""A release: an immutable directory that is named by the sha256 of its manifest, `release.json`.

The manifest lists every file with its size and sha256, so one digest pins the model, its golden set, its training
profile and its measured quality. `load` reads the manifest only; whatever reads a file afterwards checks it first.
"""

import hashlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

from serving.arrays import Array, read_arrays
from serving.errors import ConfigurationError, ReleaseError
from serving.manifest import GoldenSet, Manifest, ReleaseFile, Source, Tensor, problems

__all__ = [
    "MANIFEST", "Golden", "GoldenSet", "Manifest", "Release", "ReleaseFile", "Source", "Tensor", "canonical",
    "check_files", "copy_file", "digest_of", "golden", "load", "locate", "read_file", "verify",
]  # fmt: skip

MANIFEST = "release.json"
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Release:
    """A release directory with its parsed manifest; `digest` is the name of exactly this content."""

    directory: Path
    manifest: Manifest
    digest: str


@dataclass(frozen=True, kw_only=True)
class Golden:
    """Rows that the model never trained on.

    Shape:
        inputs: `{input name: [rows, …]}` in the model's datatypes; expected: `[rows]`; answers: `[rows, …]`, the
        prediction output as this model gave it when it was packed; slices: `[rows]` of str.
    """

    inputs: dict[str, Array]
    expected: Array
    answers: Array
    slices: Array | None


def locate(uri: str, base: Path) -> Path:
    """Say where a release lies on this machine: the one place that knows kinds of release addresses.

    Args:
        uri: a plain path (relative ones start at `base`) or `file:///absolute/path`.
        base: the folder that relative paths start from.

    Raises:
        ConfigurationError: another scheme, or a file address with a host.
    """
    parts = urlsplit(uri)
    if "://" not in uri:
        return base / uri
    if parts.scheme == "file" and parts.netloc in {"", "localhost"} and parts.path.startswith("/"):
        return Path(unquote(parts.path))
    raise ConfigurationError(
        f"release {uri!r} cannot be fetched: allowed are a path and file:///absolute/path; "
        "copy the release to this machine and give its path."
    )


def canonical(document: object) -> bytes:
    """Write a JSON document the one way that is hashed: keys sorted, no spaces, UTF-8, no NaN."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def digest_of(document: object) -> str:
    """Name a manifest: the sha256 of its canonical form, 64 hex digits, whatever its layout on disk."""
    return hashlib.sha256(canonical(document)).hexdigest()


def load(directory: Path) -> Release:
    """Read a release's manifest and compute its digest; the other files are not looked at (`verify` does).

    Raises:
        ReleaseError: no such directory, no manifest, or a manifest with problems (all of them in one message).
    """
    path = directory / MANIFEST
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ReleaseError(
            f"{directory} is not a release: {MANIFEST} cannot be read ({error.strerror}); "
            "make one with `python -m serving.pack`."
        ) from error
    try:
        manifest = Manifest.model_validate_json(raw)
        document = json.loads(raw, object_pairs_hook=_without_duplicates)
    except ValidationError as error:
        raise ReleaseError("\n".join(f"{path}: {line}" for line in problems(error))) from None
    except ValueError as error:
        raise ReleaseError(f"{path}: {error}") from None
    return Release(directory=directory, manifest=manifest, digest=digest_of(document))


def check_files(release: Release) -> Iterator[tuple[ReleaseFile, str | None]]:
    """Compare every file with the manifest, one after the other; a problem is a sentence, None is none."""
    for file in release.manifest.files:
        yield file, _transfer(release.directory, file, None)


def verify(release: Release) -> None:
    """Check size and sha256 of every file that the manifest names.

    Raises:
        ReleaseError: names every file that is missing, differs, or is reached through a symbolic link.
    """
    problems = [f"{file.path}: {problem}" for file, problem in check_files(release) if problem]
    if problems:
        raise ReleaseError(
            f"{release.directory} is not what its {MANIFEST} says; restore it from where it was packed, "
            "or pack it again elsewhere:\n" + "\n".join(f"  {problem}" for problem in problems)
        )


def copy_file(release: Release, path: str, target: BinaryIO) -> None:
    """Copy one file of a release, checking the very bytes that are copied.

    Raises:
        ReleaseError: the file is not what the manifest says; `target` then holds bytes not to be used.
    """
    problem = _transfer(release.directory, _entry(release, path), target)
    if problem:
        raise ReleaseError(f"{release.directory / path}: {problem}; restore the release, or pack it again elsewhere.")


def read_file(release: Release, path: str) -> bytes:
    """Read one file of a release; the bytes returned are the bytes checked.

    Raises:
        ReleaseError: the file is not what the manifest says.
    """
    target = io.BytesIO()
    copy_file(release, path, target)
    return target.getvalue()


def golden(release: Release) -> Golden:
    """Read the golden set of a release.

    Raises:
        ReleaseError: the file differs from the manifest, or its arrays do not fit the model's inputs.
    """
    where = release.directory / release.manifest.golden.path
    content = io.BytesIO(read_file(release, release.manifest.golden.path))
    try:
        found = read_arrays(content)
    except ValueError as error:
        raise ReleaseError(f"{where}: {error}; pack the release again.") from None
    expected_names = {f"input:{tensor.name}" for tensor in release.manifest.inputs} | {"expected", "answers"}
    rows = {name: len(array) if array.ndim else 0 for name, array in found.items()}
    if not expected_names <= set(found) or set(rows.values()) != {release.manifest.golden.rows}:
        raise ReleaseError(
            f"{where}: has {rows}, allowed are {sorted(expected_names)} and optionally 'slice', "
            f"each with {release.manifest.golden.rows} rows; pack the release again."
        )
    inputs = {tensor.name: found[f"input:{tensor.name}"] for tensor in release.manifest.inputs}
    return Golden(inputs=inputs, expected=found["expected"], answers=found["answers"], slices=found.get("slice"))


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, object]:
    keys = [key for key, _ in pairs]
    doubled = sorted({key for key in keys if keys.count(key) > 1})
    if doubled:
        raise ValueError(f"has {', '.join(doubled)} more than once in one object; keep one.")
    return dict(pairs)


def _entry(release: Release, path: str) -> ReleaseFile:
    for file in release.manifest.files:
        if file.path == path:
            return file
    raise ReleaseError(f"{release.directory / path} is not among the files of {MANIFEST}.")


def _transfer(directory: Path, file: ReleaseFile, target: BinaryIO | None) -> str | None:
    """Read a file once, optionally copying it; say what is wrong with it, or None."""
    path, relative = directory / file.path, PurePosixPath(file.path)
    if any((directory / part).is_symlink() for part in (relative, *relative.parents[:-1])):
        return "is reached through a symbolic link"
    if not path.is_file():
        return "is missing"
    if (size := path.stat().st_size) != file.size_bytes:
        return f"has {size} bytes, the manifest says {file.size_bytes}"
    sha256 = hashlib.sha256()
    try:
        source = path.open("rb")
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    with source:
        while chunk := source.read(CHUNK_BYTES):
            sha256.update(chunk)
            if target:
                target.write(chunk)
    return None if sha256.hexdigest() == file.sha256 else f"has sha256 {sha256.hexdigest()}, not {file.sha256}"


if __name__ == "__main__":
    from serving.release_command import main

    sys.exit(main())
