"""A stack of one program on a cluster, by the official Kubernetes provider or its stand-in."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.engine import Engine
from tests.support.kubernetes_stand_in.cluster import Cluster, connect
from tests.support.kubernetes_stand_in.server import serving

KUBECONFIG = "SLIPWAY_TEST_KUBECONFIG"
IMAGE = "SLIPWAY_TEST_IMAGE"
"""Variable that names an image with a shell which the cluster's nodes have or can pull."""
_HEAD = """
import pulumi
import pulumi_kubernetes as k8s

IMAGE = {image!r}
kept = pulumi.ResourceOptions(provider=k8s.Provider("cluster", kubeconfig={kubeconfig!r}))
space = k8s.core.v1.Namespace("stand-in", opts=kept)
inside = {{"namespace": space.metadata["name"]}}
pulumi.export("namespace", space.metadata["name"])
"""


@pytest.fixture
def kubeconfig() -> str:
    """The kubeconfig of the cluster that the tests may use."""
    path = os.environ.get(KUBECONFIG, "")
    assert path, f"set {KUBECONFIG} to the kubeconfig of a cluster for tests"
    return path


@pytest.fixture
def api(kubeconfig: str) -> Cluster:
    """The API server itself, to see what is really there."""
    return connect(kubeconfig)


@pytest.fixture
def stack(kubeconfig: str, tmp_path: Path) -> Iterator[Callable[[str], Engine]]:
    """Makes a stack of a program, or gives it another program; destroys it in the end."""
    made: list[Engine] = []
    head = _HEAD.format(kubeconfig=kubeconfig, image=os.environ.get(IMAGE, "busybox:1.37"))
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
