"""What the tests on a cluster share: the cluster, the images that it runs, and the provider that speaks to it."""

from collections.abc import Iterator

import pytest

from tests.e2e.conftest import prove  # noqa: F401 - a fixture
from tests.support.chosen_cluster import cluster_kubeconfig, is_own_cluster
from tests.support.cluster_images import images
from tests.support.cluster_stack import Cluster
from tests.support.kubernetes_stand_in.server import serving


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    kubeconfig = str(cluster_kubeconfig())
    own = is_own_cluster()
    with serving() as provider:
        platform = {"proxies": 1} if own else {}
        yield Cluster(kubeconfig=kubeconfig, images=images(own_cluster=own), provider=provider, platform=platform)
