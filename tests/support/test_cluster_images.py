import pytest

from tests.cluster.errors import ClusterError
from tests.support.cluster_images import VARIABLES, images

REFERENCES = {name: f"registry.example/{name}@sha256:{'1' * 64}" for name in VARIABLES}


@pytest.fixture(autouse=True)
def _none_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)


def test_another_cluster_runs_the_images_that_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, reference in REFERENCES.items():
        monkeypatch.setenv(VARIABLES[name], reference)
    assert images(own_cluster=False) == REFERENCES


@pytest.mark.parametrize("named", [(), ("triton",)], ids=["none", "one"])
def test_what_is_not_named_is_said_with_how_to_make_it(named: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in named:
        monkeypatch.setenv(VARIABLES[name], REFERENCES[name])
    with pytest.raises(ClusterError) as refused:
        images(own_cluster=False)
    text = str(refused.value)
    assert ("SLIPWAY_TEST_TRITON_IMAGE" in text) == ("triton" not in named), "only what is missing is asked for"
    assert "SLIPWAY_TEST_ROLLOUT_IMAGE" in text
    assert "docker build --file serving_image/Dockerfile --target rollout" in text
