"""Fetches the charts that no OCI registry has, and holds each to its digest.

`make charts` runs it, and `make up` of a stack in a cloud or on a cluster.
"""

import hashlib
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path

from components.aws.load_balancer_values import CHART
from components.kubernetes.chart import ChartArchive

ARCHIVES: tuple[ChartArchive, ...] = (CHART,)
TIMEOUT_SECONDS = 60
Download = Callable[[str], bytes]


def main() -> int:
    """Fetch what is missing; 0: all is there, 1: something could not be had."""
    problems = fetch(ARCHIVES, Path.cwd(), download)
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    return int(bool(problems))


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
    return [problem for archive in archives if (problem := _fetch(archive, project / archive.reference, download))]


def _fetch(archive: ChartArchive, path: Path, download: Download) -> str:
    if path.exists() and _digest(path.read_bytes()) == archive.sha256:
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
