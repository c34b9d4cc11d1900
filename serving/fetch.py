"""Fetch a release: every byte checked against the digest that names it, and put in place in one rename.

`python -m serving.fetch` does it on a cluster, before a slot, a gate or a shift begins. 0: fetched; 1: its place does
not answer; 2: wrong usage, or not the release that it should be.
"""

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from serving.command_options import read_object
from serving.errors import ConfigurationError, ReleaseError
from serving.manifest import ReleaseFile
from serving.probe import Probe
from serving.release import CHUNK_BYTES, MANIFEST, Release, load
from serving.release_source import FetchError, ReleaseSource, source_at
from serving.repository import Runtime, write_repository

LARGEST_MANIFEST_BYTES = 16 << 20


def fetch(source: ReleaseSource, directory: Path, *, sha256: str, model: str, golden_alone: bool = False) -> Release:
    """Fetch a release into a directory that is not there yet, or replaces one that is.

    Args:
        source: where it lies.
        directory: where it is to be; it appears in one rename.
        sha256: its digest.
        model: the model that it must be a release of.
        golden_alone: leave out all files but the manifest and the golden set.

    Raises:
        ReleaseError: it is not what its digest says, or of another model.
        FetchError: its place does not answer.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=directory.parent, prefix=".fetching-") as scratch:
        staged = Path(scratch) / "release"
        staged.mkdir()
        _copy_manifest(source, staged)
        release = load(staged)
        if release.digest != sha256:
            raise ReleaseError(f"the release has sha256 {release.digest}, not {sha256}; it was replaced where it lies.")
        if release.manifest.name != model:
            raise ReleaseError(f"the release is of model {release.manifest.name}, not of {model}.")
        for file in release.manifest.files:
            if golden_alone and file.path != release.manifest.golden.path:
                continue
            _copy(source, file, staged / file.path)
        shutil.rmtree(directory, ignore_errors=True)
        staged.rename(directory)
    return replace(release, directory=directory)


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        release = _fetched(chosen)
    except ConfigurationError as error:
        parser.exit(2, f"{chosen.uri}: {error}\n")
    except (FetchError, OSError) as error:
        print(f"{chosen.uri}: {error}")
        return 1
    print(f"fetched {release.manifest.name} {release.manifest.version}, sha256 {release.digest}")
    return 0


def read_runtime(text: str) -> Runtime:
    """Read from a JSON object how a model is run.

    Raises:
        ConfigurationError: no JSON object, unknown words, values of the wrong type.
    """
    return read_object("--runtime", text, Runtime)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m serving.fetch", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--uri", required=True, help="s3://bucket/prefix or file:///folder")
    parser.add_argument("--sha256", required=True, help="the digest of the release")
    parser.add_argument("--model", required=True, help="the model that it must be of")
    parser.add_argument("--release-out", type=Path, metavar="DIR", help="where the release is to be")
    parser.add_argument("--repository-out", type=Path, metavar="DIR", help="the model repository to write it into")
    parser.add_argument("--runtime", default="{}", metavar="JSON", help="how the model is run, for --repository-out")
    parser.add_argument("--probe-out", type=Path, metavar="FILE", help="where its golden question is to be")
    return parser


def _fetched(chosen: argparse.Namespace) -> Release:
    runtime, source = read_runtime(chosen.runtime), source_at(chosen.uri)
    outputs = [path for path in (chosen.release_out, chosen.repository_out, chosen.probe_out) if path]
    if not outputs:
        raise ConfigurationError("nothing is to be written; give --release-out, --repository-out or --probe-out.")
    # Beside what is written: the only place that surely is writable, and large enough.
    with tempfile.TemporaryDirectory(dir=_made(outputs[0].parent), prefix=".fetching-") as scratch:
        directory = chosen.release_out or Path(scratch) / "release"
        # A model may have gigabytes, and whoever asks one question needs none of them.
        alone = not (chosen.release_out or chosen.repository_out)
        release = fetch(source, directory, sha256=chosen.sha256, model=chosen.model, golden_alone=alone)
        if chosen.repository_out:
            write_repository(release, chosen.repository_out, runtime)
        if chosen.probe_out:
            _made(chosen.probe_out.parent)
            chosen.probe_out.write_text(json.dumps(Probe.of(release).document()), encoding="utf-8")
    return release


def _made(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def _copy_manifest(source: ReleaseSource, staged: Path) -> None:
    with source.open(MANIFEST) as file:
        content = file.read(LARGEST_MANIFEST_BYTES + 1)
    if len(content) > LARGEST_MANIFEST_BYTES:
        raise ReleaseError(f"{MANIFEST} is larger than {LARGEST_MANIFEST_BYTES >> 20} MiB; that is no manifest.")
    (staged / MANIFEST).write_bytes(content)


def _copy(source: ReleaseSource, file: ReleaseFile, path: Path) -> None:
    """Copy one file; no more is read than its manifest says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with source.open(file.path) as content, path.open("wb") as target:
        size, sha256 = _transfer(content, target, file.size_bytes)
    if size != file.size_bytes:
        found = "more" if size > file.size_bytes else size
        raise ReleaseError(
            f"{file.path} has {found} bytes, the manifest says {file.size_bytes}; pack the release again."
        )
    if sha256 != file.sha256:
        raise ReleaseError(f"{file.path} has sha256 {sha256}, not {file.sha256}; pack the release again.")


def _transfer(content: BinaryIO, target: BinaryIO, size_bytes: int) -> tuple[int, str]:
    sha256, size = hashlib.sha256(), 0
    while size <= size_bytes and (chunk := content.read(min(CHUNK_BYTES, size_bytes + 1 - size))):
        sha256.update(chunk)
        target.write(chunk)
        size += len(chunk)
    return size, sha256.hexdigest()


if __name__ == "__main__":
    sys.exit(main())
