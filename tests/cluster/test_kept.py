from pathlib import Path

import pytest

from tests.cluster import kept as module
from tests.cluster.errors import ClusterError
from tests.cluster.kept import kept
from toolchain.progress import CommandError


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PLACE", tmp_path)


def test_a_folder_is_filled_once_and_another_key_makes_another(capsys: pytest.CaptureFixture[str]) -> None:
    def fill(folder: Path) -> None:
        (folder / "file").write_text("content")

    first = kept("tool", "1", "Building tool", "a moment", fill)
    again = kept("tool", "1", "Building tool", "a moment", lambda _folder: pytest.fail("it was made again"))
    assert first == again
    assert (first / "file").read_text() == "content"
    assert kept("tool", "2", "Building tool", "a moment", fill) != first
    assert capsys.readouterr().out.count("Building tool: about a moment") == 2


def test_what_could_not_be_made_is_tried_again_the_next_time() -> None:
    def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise CommandError("no such module")

    with pytest.raises(ClusterError, match="no such module"):
        kept("tool", "1", "Building tool", "a moment", fail)
    done = kept("tool", "1", "Building tool", "a moment", lambda folder: (folder / "whole").touch())
    assert [path.name for path in done.iterdir()] == ["whole"]
