"""The official release of the pinned engine: downloaded, continued after an interruption, verified, unpacked."""

import hashlib
import http.client
import shutil
import tarfile
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

from toolchain.cache import filled
from toolchain.engine import LANGUAGE_HOST, PINNED_VERSION
from toolchain.errors import UnavailableError
from toolchain.progress import step

# Both hold the archive and its checksums; the official installer knows the same two: https://get.pulumi.com
HOSTS = (
    f"https://github.com/pulumi/pulumi/releases/download/v{PINNED_VERSION}",
    "https://get.pulumi.com/releases/sdk",
)
ARCHIVE = f"pulumi-v{PINNED_VERSION}-linux-x64.tar.gz"
CHECKSUMS = f"pulumi-{PINNED_VERSION}-checksums.txt"
# A machine without internet goes on within seconds, even where packets are swallowed.
REACH_SECONDS = 6.0
STALL_SECONDS = 30.0
CHUNK_BYTES = 1 << 20

# A refused connection, a timeout and an error status are OSErrors too.
NETWORK_ERRORS = (OSError, http.client.HTTPException)


def official(directory: Path, hosts: Sequence[str] = HOSTS) -> None:
    """Installs the official release into `directory`; the caller holds the cache's lock.

    Args:
        directory: Where the programs go; an unfinished archive waits beside it for the next run.
        hosts: Base URLs that hold the archive and the checksums, tried in this order.

    Raises:
        UnavailableError: No host can be reached, or what they send is not what their checksums say.
    """
    reasons = []
    for host in hosts:
        try:
            _from_host(host, directory)
        except UnavailableError as reason:
            reasons.append(str(reason))
        else:
            return
    raise UnavailableError("; ".join(reasons))


def _from_host(host: str, directory: Path) -> None:
    expected = _published_checksum(host)
    archive = directory.with_name(f"{ARCHIVE}.part")
    with step(f"Downloading {host}/{ARCHIVE}", "1 minute"):
        archive.parent.mkdir(parents=True, exist_ok=True)
        try:
            _download(f"{host}/{ARCHIVE}", archive)
        except NETWORK_ERRORS as error:
            raise UnavailableError(f"{host}/{ARCHIVE}: {error}") from error
        _verify(archive, expected)
        _unpack(archive, directory)
    archive.unlink()


def _published_checksum(host: str) -> str:
    for line in _fetch_within(f"{host}/{CHECKSUMS}", REACH_SECONDS).splitlines():
        checksum, _, name = line.partition("  ")
        if name == ARCHIVE:
            return checksum
    raise UnavailableError(f"{host}/{CHECKSUMS} does not list {ARCHIVE}")


def _fetch_within(url: str, seconds: float) -> str:
    """Reads a small file; the limit holds for all of it, the name lookup and every address of the host included."""
    contents: list[str] = []
    problems = [f"no answer within {seconds:.0f} s"]

    def fetch() -> None:
        try:
            with urllib.request.urlopen(url, timeout=seconds) as response:  # noqa: S310 - HOSTS, or a test's own
                contents.append(response.read().decode(errors="replace"))
        except NETWORK_ERRORS as error:
            problems.append(str(error).removeprefix("<urlopen error ").removesuffix(">"))

    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(seconds)
    if contents:
        return contents[0]
    raise UnavailableError(f"{url}: {problems[-1]}")


def _download(url: str, target: Path) -> None:
    """Appends to `target` what it lacks; a server that ignores the range sends everything again."""
    have = target.stat().st_size if target.exists() else 0
    request = urllib.request.Request(url, headers={"Range": f"bytes={have}-"})  # noqa: S310 - HOSTS, or a test's own
    try:
        response = urllib.request.urlopen(request, timeout=STALL_SECONDS)  # noqa: S310 - HOSTS, or a test's own
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            return
        raise
    continued = response.status == HTTPStatus.PARTIAL_CONTENT
    with response, target.open("ab" if continued else "wb") as file:
        shutil.copyfileobj(response, file, CHUNK_BYTES)
    size = target.stat().st_size
    total = int(response.headers.get("Content-Length", 0)) + (have if continued else 0)
    if size < total:
        raise ConnectionError(f"broke off after {size} of {total} bytes; the next setup goes on from there")


def _verify(archive: Path, expected: str) -> None:
    digest = hashlib.sha256()
    with archive.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != expected:
        archive.unlink()
        raise UnavailableError(
            f"{ARCHIVE} has the sha256 {digest.hexdigest()}, but {CHECKSUMS} says {expected}; it was thrown away"
        )


def _unpack(archive: Path, directory: Path) -> None:
    """Writes every regular file of the archive into one folder: names are cut to their last part, so none escapes."""
    with filled(directory) as partial, tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content:
                program = partial / Path(member.name).name
                with content, program.open("wb") as file:
                    shutil.copyfileobj(content, file, CHUNK_BYTES)
                program.chmod(0o755)
        if not (partial / LANGUAGE_HOST).exists():
            raise UnavailableError(f"{ARCHIVE} holds no {LANGUAGE_HOST}")
