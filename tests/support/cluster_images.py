"""The images of a stack on a test cluster: built here for this machine's own, named by variables for another."""

import os
from pathlib import Path

from tests.cluster.base_image import base_image, python_alone
from tests.cluster.engine import built_image, imported
from tests.cluster.errors import ClusterError
from tests.cluster.layout import standard
from tests.support.project import CHECKOUT

DOCKERFILE = CHECKOUT / "serving_image" / "Dockerfile"
TARGETS = {"triton": "triton-cpu", "rollout": "rollout"}
VARIABLES = {"triton": "SLIPWAY_TEST_TRITON_IMAGE", "rollout": "SLIPWAY_TEST_ROLLOUT_IMAGE"}
"""Each names an image by digest that the nodes of a named cluster have or can pull."""


def images(*, own_cluster: bool) -> dict[str, str]:
    """Return `platform.images` of a stack file.

    Args:
        own_cluster: Whether the cluster is this machine's own, whose node takes images that are built here.

    Raises:
        ClusterError: An image for another cluster is not named; the message says how to make it.
    """
    if not own_cluster:
        return _named(*VARIABLES)
    return {name: imported(standard(), built(target)) for name, target in TARGETS.items()}


def built(target: str) -> str:
    """Return an image of a stack in the builder's store, on bases that are made of Debian's packages.

    Raises:
        ClusterError: It does not build.
    """
    bases = {"BASE_IMAGE": base_image(), "ROLLOUT_BASE_IMAGE": python_alone(), "SOURCE_DATE_EPOCH": "0"}
    return built_image(Path(CHECKOUT), DOCKERFILE, target, target, bases)


def python_image(*, own_cluster: bool) -> str:
    """Return an image that has Python, for containers that only wait, fail or succeed.

    Raises:
        ClusterError: No image for another cluster is named.
    """
    return imported(standard(), base_image()) if own_cluster else _named("rollout")["rollout"]


def _named(*names: str) -> dict[str, str]:
    missing = [name for name in names if not os.environ.get(VARIABLES[name])]
    if missing:
        ways = "\n".join(
            f"  {VARIABLES[name]}: docker build --file serving_image/Dockerfile --target {TARGETS[name]} ."
            for name in missing
        )
        raise ClusterError(
            "The nodes of another cluster need images that they have or can pull. Build them, push them to its "
            f"registry, and name each by its digest:\n{ways}"
        )
    return {name: os.environ[VARIABLES[name]] for name in names}
