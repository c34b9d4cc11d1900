"""The images of a stack on a test cluster: built here for this machine's own, named by variables for another."""

import os
from pathlib import Path

from tests.cluster.base_image import base_image
from tests.cluster.engine import build_image, imported
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
    return {name: _built(target) for name, target in TARGETS.items()} if own_cluster else _named(*VARIABLES)


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


def _built(target: str) -> str:
    base = base_image()
    bases = {"BASE_IMAGE": base, "ROLLOUT_BASE_IMAGE": base, "SOURCE_DATE_EPOCH": "0"}
    return build_image(Path(CHECKOUT), DOCKERFILE, target, target, bases)
