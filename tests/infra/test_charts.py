import hashlib
from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.chart import ChartArchive
from infra.charts import ARCHIVES, fetch, main, needed
from infra.secret_values import own_values

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


@pytest.mark.parametrize(
    ("config", "count"),
    [
        ({"slipway:platform": {"kind": "aws"}, "slipway:models": {"digits": {}}}, 1),
        ({"slipway:platform": {"kind": "aws"}}, 0),
        ({"slipway:platform": {"kind": "kubernetes", "cluster": {"stack": "prod-cloud"}}}, 1),
        ({"slipway:platform": {"kind": "kubernetes", "cluster": {"kubeconfig": "~/.kube/config"}}}, 0),
        ({"slipway:platform": {"kind": "local"}, "slipway:models": {"digits": {}}}, 0),
        ({}, 0),
    ],
)
def test_only_models_on_an_eks_cluster_need_an_archive(config: dict[str, Any], count: int) -> None:
    assert len(needed(own_values(config))) == count


def test_a_stack_without_an_archive_fetches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "Pulumi.local.yaml").write_text("config: {'slipway:platform': {kind: local}}")
    monkeypatch.chdir(tmp_path)
    assert main(["--stack", "local"]) == 0
    assert not (tmp_path / ".slipway").exists()
