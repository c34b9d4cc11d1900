"""A stack of one program on a cluster, by the official Kubernetes provider or its stand-in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.chosen_cluster import cluster_kubeconfig, is_own_cluster
from tests.support.cluster_images import python_image
from tests.support.engine import Engine
from tests.support.kubernetes_stand_in.cluster import Cluster, connect
from tests.support.kubernetes_stand_in.server import serving

_HEAD = """
import pulumi
import pulumi_kubernetes as k8s

IMAGE = {image!r}
kept = pulumi.ResourceOptions(provider=k8s.Provider("cluster", kubeconfig={kubeconfig!r}))
space = k8s.core.v1.Namespace("stand-in", opts=kept)
inside = {{"namespace": space.metadata["name"]}}
pulumi.export("namespace", space.metadata["name"])
"""


@pytest.fixture(scope="session")
def kubeconfig() -> str:
    """The kubeconfig of the cluster that the tests may use."""
    return str(cluster_kubeconfig())


@pytest.fixture(scope="session")
def image() -> str:
    """An image with Python that the cluster's nodes have or can pull."""
    return python_image(own_cluster=is_own_cluster())


@pytest.fixture
def api(kubeconfig: str) -> Cluster:
    """The API server itself, to see what is really there."""
    return connect(kubeconfig)


@pytest.fixture
def stack(kubeconfig: str, image: str, tmp_path: Path) -> Iterator[Callable[[str], Engine]]:
    """Makes a stack of a program, or gives it another program; destroys it in the end."""
    made: list[Engine] = []
    head = _HEAD.format(kubeconfig=kubeconfig, image=image)
    with serving() as environment:

        def of(program: str) -> Engine:
            if made:
                made[0].write(head + program)
            else:
                made.append(Engine(tmp_path, environment, head + program))
            return made[0]

        yield of
        for each in made:
            each.destroy()
