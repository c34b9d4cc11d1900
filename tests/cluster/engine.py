"""Images built without a registry and without a daemon, and given to the node's container engine.

Buildah works in a change of root instead of a container: it needs no network rules of its own, and so changes nothing
for other packets of this machine.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.cluster.errors import NO_CLUSTER, ClusterError
from tests.cluster.kept import PLACE
from tests.cluster.layout import Layout
from tests.cluster.packages import program
from toolchain.cache import locked
from toolchain.progress import CommandError, run

REGISTRY = "localhost/slipway"
NAMESPACE = "k8s.io"
"""Where the kubelet's images are, among containerd's."""
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
"""Lent to build steps as the secret `ca`: behind a proxy that signs anew, a registry is known by no others."""


def built_image(context: Path, dockerfile: Path, target: str, tag: str, build_args: Mapping[str, str]) -> str:
    """Build an image, or find that nothing of it changed; return its name and tag in the builder's store.

    Args:
        context: The folder that the Dockerfile's COPY lines see.
        dockerfile: The Dockerfile.
        target: The stage to build; empty is the last one.
        tag: The image's short name, e.g. "triton-cpu".
        build_args: Values of the Dockerfile's ARG lines. `BASE_IMAGE` may be what `base_image` returns.

    Raises:
        ClusterError: It does not build.
    """
    name = f"{REGISTRY}/{tag}"
    words = ["--isolation=chroot", "--layers", "--timestamp=0", "--format=oci", "--pull-never", "--quiet"]
    words += [f"--secret=id=ca,src={AUTHORITIES}"] if AUTHORITIES.exists() else []
    words += [f"--build-arg={argument}={value}" for argument, value in build_args.items()]
    words += [f"--target={target}"] if target else []
    identity = buildah("build", *words, "--tag", name, "--file", dockerfile, context).split()[-1]
    # Its tag names its content: an image of another content never takes its place.
    reference = f"{name}:{identity.removeprefix('sha256:')[:16]}"
    buildah("tag", name, reference)
    return reference


def imported(layout: Layout, reference: str) -> str:
    """Give a built image to the node, unless it has it; return its reference by digest.

    A pod names it so, with `imagePullPolicy: IfNotPresent` or `Never`.

    Raises:
        ClusterError: No node runs there, or its container engine refuses.
    """
    if not layout.containerd_socket.exists():
        raise ClusterError(NO_CLUSTER)
    with locked(layout.root.with_name(f"{layout.root.name}-images.lock")):
        digest = _digest(layout, reference) or _import(layout, reference)
        # The kubelet finds an image by digest only under that very name.
        ctr(layout, "images", "tag", "--force", reference, by_digest(reference, digest))
    return by_digest(reference, digest)


def by_digest(reference: str, digest: str) -> str:
    """The reference of an image that no tag can move."""
    return f"{reference.rpartition(':')[0]}@{digest}"


def ctr(layout: Layout, *words: str | Path) -> str:
    """What the node's container engine answers.

    Raises:
        ClusterError: It refuses, or does not run.
    """
    return _run(program("ctr"), "--address", layout.containerd_socket, "--namespace", NAMESPACE, *words)


def buildah(*words: str | Path) -> str:
    """What the builder answers; its store is apart from anybody else's.

    Raises:
        ClusterError: It refuses; the message is the end of what it wrote.
    """
    store = PLACE / "images"
    return _run("buildah", "--root", store / "root", "--runroot", store / "run", "--storage-driver", "overlay", *words)


def _import(layout: Layout, reference: str) -> str:
    with tempfile.TemporaryDirectory(dir=layout.root) as folder:
        archive = Path(folder, "image.tar")
        # This kind of archive holds layers as they are; the other one would compress them, five times slower.
        buildah("push", "--quiet", reference, f"docker-archive:{archive}:{reference}")
        ctr(layout, "images", "import", archive)
    return _digest(layout, reference)


def _digest(layout: Layout, reference: str) -> str:
    lines = ctr(layout, "images", "list", f"name=={reference}").splitlines()[1:]
    return lines[0].split()[2] if lines else ""


def _run(*command: str | Path) -> str:
    try:
        return run(command)
    except CommandError as error:
        raise ClusterError(str(error)) from error
