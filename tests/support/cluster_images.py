"""The images of a stack on a test cluster: built here for this machine's own, named by variables for another."""

import os
from pathlib import Path

from tests.cluster.base_image import base_image
from tests.cluster.engine import build_image
from tests.support.project import CHECKOUT

DOCKERFILE = CHECKOUT / "serving_image" / "Dockerfile"
TARGETS = {"triton": "triton-cpu", "rollout": "rollout"}
VARIABLES = {"triton": "SLIPWAY_TEST_TRITON_IMAGE", "rollout": "SLIPWAY_TEST_ROLLOUT_IMAGE"}


def images(*, own_cluster: bool) -> dict[str, str]:
    """Return `platform.images` of a stack file.

    Args:
        own_cluster: Whether the cluster is this machine's own, whose node takes images that are built here.
    """
    if not own_cluster:
        return {name: os.environ[variable] for name, variable in VARIABLES.items()}
    return {name: _built(target) for name, target in TARGETS.items()}


def _built(target: str) -> str:
    base = base_image()
    bases = {"BASE_IMAGE": base, "ROLLOUT_BASE_IMAGE": base, "SOURCE_DATE_EPOCH": "0"}
    return build_image(Path(CHECKOUT), DOCKERFILE, target, target, bases)
