import json
from pathlib import Path

import pytest

from tests.cluster import machine
from tests.cluster.layout import Layout


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    there, absent = tmp_path / "there", tmp_path / "absent"
    there.mkdir()
    monkeypatch.setattr(machine, "FOLDERS", (there, absent))
    monkeypatch.setattr(machine, "SETTINGS", ())
    return there, absent


def test_only_folders_that_were_not_there_are_removed(tmp_path: Path, folders: tuple[Path, Path]) -> None:
    there, absent = folders
    machine.remember(Layout(tmp_path))
    for folder in folders:
        (folder / "pods").mkdir(parents=True)
    machine.restore(Layout(tmp_path))
    assert (there / "pods").is_dir()
    assert not absent.exists()


def test_a_second_start_does_not_take_its_own_changes_for_the_machine_s(
    tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    layout, (_, absent) = Layout(tmp_path), folders
    machine.remember(layout)
    absent.mkdir()
    machine.remember(layout)
    assert json.loads(layout.before.read_text())["absent"] == [str(absent)]


def test_settings_that_a_kernel_lacks_are_passed_over() -> None:
    assert machine.present(["kernel/ostype", "net/no/such/setting"]) == ["kernel/ostype"]
