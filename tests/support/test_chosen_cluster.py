from pathlib import Path

import pytest

from tests.cluster.errors import ClusterError
from tests.cluster.layout import Layout
from tests.support.chosen_cluster import kubeconfig_of


def test_a_named_cluster_is_used_before_the_one_of_this_checkout(tmp_path: Path) -> None:
    named, layout = tmp_path / "theirs", Layout(tmp_path)
    named.write_text("{}")
    layout.kubeconfig.write_text("{}")
    assert kubeconfig_of(str(named), layout) == named
    assert kubeconfig_of("", layout) == layout.kubeconfig


def test_without_any_cluster_both_ways_to_one_are_said(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match=r"(?s)make cluster-up.*SLIPWAY_TEST_KUBECONFIG"):
        kubeconfig_of("", Layout(tmp_path))


def test_a_named_cluster_that_is_no_file_is_not_replaced_by_another(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.kubeconfig.write_text("{}")
    with pytest.raises(ClusterError, match="is no file"):
        kubeconfig_of(str(tmp_path / "missing"), layout)
