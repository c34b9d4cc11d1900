import pytest

from tests.cluster.definitions import CRDS, FOLDERS, MODULE, project


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("github.com/envoyproxy/gateway", "gateway"),
        ("github.com/kedacore/keda/v2", "keda"),
        ("example.org/very", "very"),
    ],
)
def test_a_project_is_named_by_its_module_without_the_version(module: str, name: str) -> None:
    assert project(module) == name


def test_definitions_come_from_every_module_that_is_fetched() -> None:
    assert {crds.split("/")[0] for crds in CRDS} == {project(module) for module in FOLDERS}


@pytest.mark.parametrize("module", FOLDERS)
def test_every_module_that_is_fetched_is_pinned(module: str) -> None:
    assert f"\t{module} v" in (MODULE / "go.mod").read_text()
    assert f"{module} v" in (MODULE / "go.sum").read_text()
