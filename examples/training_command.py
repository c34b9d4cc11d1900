"""The command of every example: make the releases that are not there yet."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from serving.errors import ConfigurationError
from serving.release import Release, load, verify

if TYPE_CHECKING:
    from examples.release_set import ReleaseSet

SAMPLE_FILE = "sample.json"
SAMPLE_LABEL_FILE = "sample_label.txt"


def ensure_releases(example: str, out: Path, versions: Sequence[str]) -> list[Release]:
    """Make the releases that are missing, with a sample request; those that are there are verified and left alone.

    Args:
        example: the package of the example; its module `models` has a function `release_set`.
        out: the folder of the releases, one directory per version.
        versions: which to have.

    Raises:
        ConfigurationError: a release is there but not what its manifest says.
    """
    missing = [version for version in versions if not (out / version).exists()]
    if missing or not (out / SAMPLE_FILE).exists():
        # scikit-learn and its exporter take seconds to import: only when there is something to train.
        release_set: ReleaseSet = import_module(f"{example}.models").release_set()
        for version in missing:
            release_set.make(version, out / version)
        request = release_set.sample_request(load(out / versions[0]))
        (out / SAMPLE_FILE).write_text(f"{request}\n", encoding="utf-8")
        (out / SAMPLE_LABEL_FILE).write_text(f"{release_set.sample.labels[0]}\n", encoding="utf-8")
    releases = [load(out / version) for version in versions]
    for release in releases:
        verify(release)
    return releases


def run(
    example: str, default_out: Path, versions: Sequence[str], optional: Sequence[str], arguments: list[str] | None
) -> int:
    """Run the command; 0: the releases are there, 2: wrong usage, or one is there that is not what it says."""
    parser = argparse.ArgumentParser(prog=f"python -m {example}.train", description="Train and pack what is missing.")
    parser.add_argument("--out", type=Path, default=default_out, metavar="DIR", help=f"default: {default_out}")
    if optional:
        parser.add_argument("--all", action="store_true", help=f"also version {', '.join(optional)}")
    chosen = parser.parse_args(arguments)
    wanted = [*versions, *(optional if optional and chosen.all else ())]
    try:
        releases = ensure_releases(example, chosen.out, wanted)
    except ConfigurationError as error:
        parser.exit(2, f"{error}\n")
    for release in releases:
        quality = ", ".join(f"{metric} {value:.4f}" for metric, value in release.manifest.quality.items())
        print(f"{release.directory}  sha256 {release.digest[:12]}  {quality}")
    return 0
