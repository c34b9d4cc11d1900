"""The command `python -m serving.release`: check a release, or show what it says of itself."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from serving.errors import ConfigurationError
from serving.release import Release, check_files, load


def main(arguments: list[str] | None = None) -> int:
    """Run the command; 0: all well, 1: a check failed, 2: wrong usage or no readable release."""
    parser = argparse.ArgumentParser(prog="python -m serving.release", description=__doc__)
    parser.add_argument("action", choices=("verify", "show"), help="verify: every file against the manifest")
    parser.add_argument("directory", type=Path, metavar="DIR", help="a release directory")
    chosen = parser.parse_args(arguments)
    try:
        release = load(chosen.directory)
    except ConfigurationError as error:
        parser.exit(2, f"{error}\n")
    if chosen.action == "verify":
        return _verify(release)
    print("\n".join(describe(release)))
    return 0


def describe(release: Release) -> Iterator[str]:
    """Say in a few lines what a release is."""
    manifest = release.manifest
    yield _title(release)
    for role, tensors in (("input", manifest.inputs), ("output", manifest.outputs)):
        for tensor in tensors:
            yield f"  {role:<9}{tensor.name:<16}{tensor.datatype:<7}{list(tensor.shape)}"
    for metric, value in manifest.quality.items():
        yield f"  quality  {metric:<16}{value:.4f} on {manifest.golden.rows} golden rows"
    yield f"  source   commit {manifest.source.git_commit or 'unknown'}, data {manifest.source.data_set or 'unknown'}"


def _verify(release: Release) -> int:
    failed = 0
    for file, problem in check_files(release):
        failed += problem is not None
        print(f"{'FAIL' if problem else 'ok':<5}{file.path:<20}{problem or file.sha256}")
    print(f"{_title(release)}: {failed or 'no'} file{'' if failed == 1 else 's'} with a problem")
    return 1 if failed else 0


def _title(release: Release) -> str:
    manifest = release.manifest
    return f"{manifest.name} {manifest.version} ({manifest.format}, {manifest.task}) sha256 {release.digest}"
