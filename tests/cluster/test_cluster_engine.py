from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cluster import engine
from tests.cluster.engine import built_image, by_digest, imported
from tests.cluster.errors import ClusterError
from tests.cluster.layout import Layout

DIGEST = f"sha256:{'1' * 64}"


@given(st.from_regex(r"[a-z]{1,9}(:[0-9]{2,5})?(/[a-z]{1,9}){1,3}", fullmatch=True), st.from_regex(r"\w{1,20}"))
def test_a_reference_by_digest_keeps_the_name_and_drops_the_tag(name: str, tag: str) -> None:
    assert by_digest(f"{name}:{tag}", DIGEST) == f"{name}@{DIGEST}"


def test_without_a_node_the_reader_is_told_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="make cluster-up"):
        imported(Layout(tmp_path), "localhost/slipway/tool:1")


def test_a_built_image_is_tagged_by_its_content(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[tuple[object, ...]] = []

    def buildah(*words: object) -> str:
        said.append(words)
        return f"some progress\nsha256:{'ab' * 32}\n"

    monkeypatch.setattr(engine, "buildah", buildah)
    reference = built_image(tmp_path, tmp_path / "Dockerfile", "rollout", "tool", {"BASE_IMAGE": "base:1"})
    build, tag = said
    assert reference == "localhost/slipway/tool:abababababababab"
    assert tag == ("tag", "localhost/slipway/tool", reference)
    assert {"--target=rollout", "--build-arg=BASE_IMAGE=base:1", "--pull-never", "--isolation=chroot"} <= set(build)


def test_an_image_that_the_node_has_is_not_given_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    layout = Layout(tmp_path / "cluster")
    layout.containerd.mkdir(parents=True)
    layout.containerd_socket.touch()
    listed = f"REF TYPE DIGEST SIZE\nlocalhost/slipway/tool:1 oci {DIGEST} 1 MiB\n"
    monkeypatch.setattr(engine, "ctr", lambda _layout, *words: listed if "list" in words else "")
    monkeypatch.setattr(engine, "buildah", lambda *_words: pytest.fail("the image was exported again"))
    assert imported(layout, "localhost/slipway/tool:1") == f"localhost/slipway/tool@{DIGEST}"
