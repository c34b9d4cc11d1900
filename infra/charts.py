"""Fetches the charts that no OCI registry has, and holds each to its digest.

`make up` and `make preview` run it: only a stack with models on an EKS cluster needs any.
"""

import argparse
import hashlib
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from components.aws.load_balancer_values import CHART
from components.kubernetes.chart import ChartArchive, altered
from infra.stack_values import cluster_of, values_of

ARCHIVES: tuple[ChartArchive, ...] = (CHART,)
TIMEOUT_SECONDS = 60
Download = Callable[[str], bytes]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fetch what is missing; 0: all is there, 1: something could not be had."""
    parser = argparse.ArgumentParser(prog="python -m infra.charts", description=__doc__)
    parser.add_argument("--stack", required=True, help="such as dev")
    problems = fetch(needed(values_of(parser.parse_args(arguments).stack)), Path.cwd(), download)
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return int(bool(problems))


def needed(values: Mapping[str, Any]) -> Sequence[ChartArchive]:
    """Return the archives that the stack of a stack file's values installs."""
    platform = values.get("platform")
    if not isinstance(platform, Mapping):
        return ()
    on_own_cluster = platform.get("kind") == "aws" and bool(values.get("models"))
    return ARCHIVES if on_own_cluster or cluster_of(platform) else ()


def download(url: str) -> bytes:
    """Return what lies at an address.

    Raises:
        OSError: It cannot be reached.
    """
    with urllib.request.urlopen(url, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - addresses of ours, all https
        content: bytes = answer.read()
        return content


def fetch(archives: Sequence[ChartArchive], project: Path, download: Download) -> list[str]:
    """Bring every archive into the project; return why one is not there.

    Args:
        archives: what is wanted.
        project: the folder that the program runs in.
        download: returns what lies at an address.
    """
    return [problem for archive in archives if (problem := _fetch(archive, project, download))]


def _fetch(archive: ChartArchive, project: Path, download: Download) -> str:
    path = project / archive.reference
    if path.exists() and not altered(archive, project):
        return ""
    try:
        content = download(archive.url)
    except (OSError, urllib.error.URLError) as error:
        return f"{archive.url} cannot be fetched ({error}); put it to {archive.reference} by hand."
    if _digest(content) != archive.sha256:
        return f"{archive.url} is not what it was when version {archive.version} was pinned; nothing was kept."
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.replace(path)
    return ""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
