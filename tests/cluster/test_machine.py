import json
import shutil
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


def test_a_folder_that_stays_is_found_and_the_way_down_says_why(
    tmp_path: Path, folders: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    layout, (there, absent) = Layout(tmp_path), folders
    machine.remember(layout)
    absent.mkdir()
    assert machine.new_folders(layout) == [str(absent)]

    def busy(path: object) -> None:
        raise OSError(16, "Device or resource busy", str(path))

    monkeypatch.setattr(shutil, "rmtree", busy)
    machine.restore(layout)
    assert f"Device or resource busy: '{absent}'" in capsys.readouterr().out
    assert machine.new_folders(layout) == [str(absent)]
    assert there.is_dir()


def test_a_setting_that_is_not_as_before_is_found_until_it_is_set_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kernel, layout = tmp_path / "kernel", Layout(tmp_path)
    kernel.mkdir()
    (kernel / "panic").write_text("0\n")
    monkeypatch.setattr(machine, "KERNEL", kernel)
    monkeypatch.setattr(machine, "SETTINGS", ("panic",))
    monkeypatch.setattr(machine, "FOLDERS", ())
    machine.remember(layout)
    assert machine.changed_settings(layout) == []
    (kernel / "panic").write_text("10\n")
    assert machine.changed_settings(layout) == ["panic is 10, was 0"]
    machine.restore(layout)
    assert machine.changed_settings(layout) == []


def test_a_machine_that_never_had_a_cluster_has_nothing_to_compare_with(tmp_path: Path) -> None:
    assert machine.changed_settings(Layout(tmp_path)) == []
    assert machine.new_folders(Layout(tmp_path)) == []


def test_settings_that_a_kernel_lacks_are_passed_over() -> None:
    assert machine.present(["kernel/ostype", "net/no/such/setting"]) == ["kernel/ostype"]
