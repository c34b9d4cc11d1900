"""A Debian root file system with Python, as an image that other images stand on."""

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

from tests.cluster.engine import built_image
from tests.cluster.kept import kept
from toolchain.progress import run

SUITE = "bookworm"
PACKAGES = ("ca-certificates", "libpython3.11", "python3", "python3-pip")
LEFT_OUT = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists", "var/log")
RECIPES = Path(__file__).parent / "images"


def base_image() -> str:
    """The reference of the base image in the builder's store, for a Dockerfile's `ARG BASE_IMAGE`.

    Raises:
        ClusterError: Debian's packages cannot be had.
    """
    folder = root_file_system()
    return built_image(folder, RECIPES / "base" / "Dockerfile", "", f"debian-{SUITE}-python", {})


def python_alone() -> str:
    """The reference of an image with Python and without a shell, in the builder's store; for `ARG ROLLOUT_BASE_IMAGE`.

    Raises:
        ClusterError: Debian's packages cannot be had.
    """
    folder = RECIPES / "python-alone"
    return built_image(folder, folder / "Dockerfile", "", "python-alone", {"BASE_IMAGE": base_image()})


def root_file_system() -> Path:
    """A folder with the root file system as `root.tar`; made once from the same packages.

    Raises:
        ClusterError: Debian's packages cannot be had.
    """
    key = hashlib.sha256(json.dumps([SUITE, PACKAGES, LEFT_OUT]).encode()).hexdigest()[:16]
    return kept("debian", key, f"Making a Debian {SUITE} root file system", "1 minute", _bootstrap)


def _bootstrap(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as temporary:
        root = Path(temporary, "root")
        run(["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", SUITE, root])
        for name in LEFT_OUT:
            shutil.rmtree(root / name)
            (root / name).mkdir()
        same = ["--sort=name", "--mtime=@0", "--numeric-owner"]
        # Device files cannot be made where the image is unpacked, and every container brings its own.
        run(["tar", "--create", *same, "--exclude=./dev/*", "--file", folder / "root.tar", "--directory", root, "."])
