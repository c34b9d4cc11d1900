import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cluster import kept, packages
from tests.cluster.errors import ClusterError

Words = list[str]


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(kept, "PLACE", tmp_path)
    monkeypatch.setattr(shutil, "which", lambda _name, **_options: None)
    monkeypatch.setattr(Path, "is_file", lambda path: tmp_path in path.parents and path.exists())


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[Words]:
    """What would have been run; a package that is downloaded is an archive that holds nothing."""
    said: list[Words] = []

    def run(command: Sequence[str | Path], cwd: Path | None = None) -> str:
        said.append([str(word) for word in command])
        if "download" in command and cwd:
            (cwd / f"{command[-1]}_1_amd64.deb").touch()
        return ""

    monkeypatch.setattr(packages, "run", run)
    return said


def test_another_system_is_refused_with_the_way_that_works_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(ClusterError, match=r"needs Linux on x86-64.*SLIPWAY_TEST_KUBECONFIG"):
        packages.require_machine()


def test_another_user_than_root_is_refused_before_anything_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ClusterError, match=r"only root may.*SLIPWAY_TEST_KUBECONFIG"):
        packages.require_machine()


@pytest.mark.usefixtures("bare")
def test_packages_are_named_as_debian_names_them() -> None:
    assert set(packages.missing(packages.PROGRAMS)) == set(packages.PROGRAMS.values())
    assert "containernetworking-plugins" in packages.missing(packages.PROGRAMS)


@pytest.mark.usefixtures("bare")
def test_without_debian_s_packages_the_reader_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _path: False)
    with pytest.raises(ClusterError, match=r"Install what Debian calls .*buildah.*etcd-server"):
        packages.install()


@pytest.mark.usefixtures("bare")
def test_a_user_who_may_not_install_is_told_what_root_should(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(ClusterError, match="Install what Debian calls buildah as root"):
        packages.install(["buildah", "etcd"])


@pytest.mark.usefixtures("bare")
def test_a_package_that_would_start_a_service_is_unpacked_and_never_installed(
    monkeypatch: pytest.MonkeyPatch, commands: list[Words]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    packages.install()
    (installed,) = (words for words in commands if "install" in words)
    assert {"buildah", "runc", "debootstrap"} <= set(installed)
    assert not set(packages.SERVICES) & set(installed), "a container engine and a store of ours run beside no other"
    assert [words[-1] for words in commands if "download" in words] == list(packages.SERVICES)


@pytest.mark.usefixtures("bare")
def test_what_is_only_unpacked_needs_no_root(monkeypatch: pytest.MonkeyPatch, commands: list[Words]) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    packages.install(["etcd"])
    assert [words[:2] for words in commands] == [["apt-get", "download"], ["dpkg-deb", "--extract"]]


@pytest.mark.usefixtures("bare")
def test_a_program_is_taken_from_where_it_was_unpacked() -> None:
    assert packages.program("ctr") == "ctr"
    folder = packages.unpacked_folder("containerd") / "usr" / "bin"
    folder.mkdir(parents=True)
    (folder / "ctr").touch()
    assert packages.program("ctr") == str(folder / "ctr")


def test_nothing_is_installed_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name, **_options: __file__)
    monkeypatch.setattr(packages, "run", lambda *_words: pytest.fail("a package was installed"))
    packages.install()
