import hashlib
from pathlib import Path

import pytest

from components.kubernetes.chart import ChartArchive
from infra.charts import ARCHIVES, fetch

CONTENT = b"a chart"
ARCHIVE = ChartArchive(
    name="door", version="1.2.3", url="https://example.org/door-1.2.3.tgz", sha256=hashlib.sha256(CONTENT).hexdigest()
)


def never(url: str) -> bytes:
    raise AssertionError(f"{url} was fetched again")


def unreachable(_: str) -> bytes:
    raise ConnectionRefusedError("nobody listens")


def test_an_archive_is_fetched_once_and_held_to_its_digest(tmp_path: Path) -> None:
    assert fetch([ARCHIVE], tmp_path, lambda _: CONTENT) == []
    assert (tmp_path / ARCHIVE.reference).read_bytes() == CONTENT
    assert fetch([ARCHIVE], tmp_path, never) == []


def test_another_content_is_not_kept(tmp_path: Path) -> None:
    (problem,) = fetch([ARCHIVE], tmp_path, lambda _: b"another chart")
    assert problem == f"{ARCHIVE.url} is not what it was when version 1.2.3 was pinned; nothing was kept."
    assert list(tmp_path.rglob("*.tgz")) == []


def test_an_altered_archive_is_fetched_anew(tmp_path: Path) -> None:
    path = tmp_path / ARCHIVE.reference
    path.parent.mkdir(parents=True)
    path.write_bytes(b"altered")
    assert fetch([ARCHIVE], tmp_path, lambda _: CONTENT) == []
    assert path.read_bytes() == CONTENT


def test_an_address_out_of_reach_is_a_sentence_with_another_way(tmp_path: Path) -> None:
    (problem,) = fetch([ARCHIVE], tmp_path, unreachable)
    assert problem.startswith(f"{ARCHIVE.url} cannot be fetched (nobody listens); put it to .slipway/charts/")


@pytest.mark.parametrize("archive", ARCHIVES, ids=[each.name for each in ARCHIVES])
def test_every_archive_is_named_by_version_and_digest(archive: ChartArchive) -> None:
    assert archive.url.startswith("https://")
    assert archive.version in archive.url
    assert len(archive.sha256) == 64
