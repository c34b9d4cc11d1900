import shutil
from pathlib import Path

import pytest

from tests.cluster import down, machine, packet_rules, traces, up
from tests.cluster.down import take_down
from tests.cluster.errors import ClusterError
from tests.cluster.layout import Layout
from tests.cluster.traces import Traces

OTHERS = Traces(chains=("iptables nat KUBE-SERVICES",), cgroups=("/sys/fs/cgroup/kubepods",))


def test_without_a_cluster_of_ours_nothing_of_another_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module, name in ((packet_rules, "remove_rules"), (machine, "restore"), (traces, "own_processes")):
        monkeypatch.setattr(module, name, lambda *_arguments: pytest.fail("something was undone"))
    take_down(Layout(tmp_path / "cluster"))


def test_a_machine_with_another_node_is_refused_before_anything_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(up, "traces", lambda _layout: OTHERS)
    with pytest.raises(ClusterError, match=r"(?s)Another Kubernetes node.*KUBE-SERVICES.*SLIPWAY_TEST_KUBECONFIG"):
        up.require_alone(Layout(tmp_path))


def test_what_is_left_of_our_own_node_does_not_keep_it_from_going_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    layout.before.write_text("{}")
    monkeypatch.setattr(up, "traces", lambda _layout: OTHERS)
    up.require_alone(layout)


def test_what_stays_is_listed_and_its_record_is_kept_for_the_next_try(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout = Layout(tmp_path)
    layout.before.write_text("{}")
    for name in ("_end_pods", "_end_processes", "_undo"):
        monkeypatch.setattr(down, name, lambda _layout: None)
    monkeypatch.setattr(traces, "traces", lambda _layout: OTHERS)
    with pytest.raises(ClusterError, match=r"(?s)still there:.*KUBE-SERVICES.*Run it again"):
        take_down(layout)
    assert layout.before.exists()


def test_what_is_changed_on_the_machine_is_a_trace_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    layout, folder = Layout(tmp_path), tmp_path / "made"
    monkeypatch.setattr(machine, "FOLDERS", (folder,))
    machine.remember(layout)
    folder.mkdir()
    assert traces.traces(layout).folders == (str(folder),)
    monkeypatch.setattr(machine, "changed_settings", lambda _layout: ["kernel/panic is 10, was 0"])
    assert "settings: kernel/panic is 10, was 0" in str(traces.traces(layout))


def test_a_folder_of_the_cluster_that_cannot_be_removed_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(path: object) -> None:
        raise OSError(16, "Device or resource busy", str(path))

    monkeypatch.setattr(shutil, "rmtree", busy)
    with pytest.raises(ClusterError, match=r"cannot be removed: .*Device or resource busy.*Run it again"):
        take_down(Layout(tmp_path))
