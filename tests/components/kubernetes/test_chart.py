import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.kubernetes.chart import ChartArchive, ChartSource, chart, release
from serving.errors import ConfigurationError
from tests.support.recorded_graph import recorded

ROOT = Path(__file__).parents[3]
SOURCE = ChartSource(repository="oci://example.org/charts/door", version="1.2.3", digest=f"sha256:{'a' * 64}")


@dataclass(frozen=True)
class Values:
    replicas: int

    def values(self) -> Mapping[str, Any]:
        return {"replicas": self.replicas}


def test_a_chart_is_asked_for_by_version_and_digest() -> None:
    graph = recorded(lambda: chart("door", SOURCE, Values(replicas=2), namespace="system", skip_crds=True))
    made = graph.resources["door"]
    assert made.type == "kubernetes:helm.sh/v4:Chart"
    assert made.inputs == {
        "name": "door",
        "chart": f"oci://example.org/charts/door:1.2.3@sha256:{'a' * 64}",
        "version": "1.2.3",
        "namespace": "system",
        "values": {"replicas": 2},
        "skipCrds": True,
    }


@pytest.mark.parametrize(
    ("spoiled", "told"),
    [
        ({"version": ">=1.2"}, r"The chart's version is '>=1.2'; write one version such as 1.9.1"),
        ({"digest": "sha256:abc"}, r"The chart's digest is 'sha256:abc'; write sha256: and 64"),
        ({"repository": "https://example.org/door"}, r"The chart's repository is .*; write oci://"),
    ],
)
def test_a_chart_that_is_not_pinned_is_refused(spoiled: dict[str, str], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        ChartSource(**{"repository": SOURCE.repository, "version": SOURCE.version, "digest": SOURCE.digest, **spoiled})


def test_a_chart_with_hooks_is_asked_for_by_version_and_digest_too() -> None:
    made = recorded(lambda: release("door", SOURCE, Values(replicas=2), namespace="system", release_name="front"))
    assert made.resources["door"].type == "kubernetes:helm.sh/v3:Release"
    assert (
        made.resources["door"].inputs.items()
        >= {
            "name": "front",
            "chart": f"oci://example.org/charts/door:1.2.3@sha256:{'a' * 64}",
            "version": "1.2.3",
            "namespace": "system",
            "values": {"replicas": 2},
        }.items()
    )


def test_charts_come_from_one_module_and_so_no_chart_is_unpinned() -> None:
    sources = [path for folder in ("components", "infra") for path in (ROOT / folder).rglob("*.py")]
    assert [path.name for path in sources if re.search(r"\b(Chart|Release)\(", path.read_text())] == ["chart.py"]


ARCHIVE = ChartArchive(name="door", version="1.2.3", url="https://example.org/d.tgz", sha256=f"{'b' * 64}")


def test_an_archive_is_read_from_the_project_under_a_name_that_says_its_digest() -> None:
    made = recorded(lambda: chart("door", ARCHIVE, Values(replicas=2), namespace="system")).resources["door"]
    assert made.inputs["chart"] == f".slipway/charts/door-1.2.3-sha256-{'b' * 64}.tgz"
    assert "version" not in made.inputs


def test_an_altered_archive_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / ARCHIVE.reference
    path.parent.mkdir(parents=True)
    path.write_bytes(b"altered")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigurationError, match=r"is not what https://example.org/d.tgz held; delete it"):
        chart("door", ARCHIVE, Values(replicas=2), namespace="system")


def test_both_kinds_of_chart_tell_a_policy_the_same() -> None:
    assert SOURCE.plain.keys() == ARCHIVE.plain.keys() == {"content", "version", "digest"}
    assert ARCHIVE.plain["digest"] == f"sha256:{'b' * 64}"
