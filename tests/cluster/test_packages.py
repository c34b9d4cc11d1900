import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.cluster import packages
from tests.cluster.errors import ClusterError


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name, **_options: None)


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
    with pytest.raises(ClusterError, match="Install what Debian calls etcd-server as root"):
        packages.install(["etcd"])


def test_nothing_is_installed_where_nothing_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, **_options: f"/usr/bin/{name}")
    monkeypatch.setattr(packages, "run", lambda *_words: pytest.fail("a package was installed"))
    packages.install()
