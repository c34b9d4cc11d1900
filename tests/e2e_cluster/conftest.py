"""What the tests on a cluster share: the cluster, the images that it runs, and the provider that speaks to it."""

import pytest

from tests.e2e.conftest import prove  # noqa: F401 - a fixture
from tests.support.cluster_stack import Cluster


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    raise NotImplementedError
