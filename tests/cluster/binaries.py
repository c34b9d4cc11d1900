"""The programs of the cluster, built once from Go modules and kept by what they were built from."""

import hashlib
import json
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.kept import kept
from toolchain.progress import run

MODULES = Path(__file__).parent / "modules"
KUBERNETES = "1.34.4"
_MINOR = KUBERNETES.split(".")[1]
_STATIC = {"CGO_ENABLED": "0"}
"""For programs whose image holds nothing else, not even a C library."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program, from the module of its own below `modules/` that pins everything it is made of."""

    name: str
    package: str
    minutes: int
    """How long it takes to build on two cores when nothing is there yet, roughly."""
    stamps: Mapping[str, str] = field(default_factory=dict)
    """Variables that the linker sets."""
    environment: Mapping[str, str] = field(default_factory=dict)
    links: tuple[str, ...] = ()
    """Other names by which it is called, and behaves differently."""

    @property
    def folder(self) -> Path:
        """Its module."""
        return MODULES / self.name

    @property
    def link_flags(self) -> str:
        """What the linker is told."""
        return " ".join(["-s", "-w", *(f"-X {name}={value}" for name, value in sorted(self.stamps.items()))])


HYPERKUBE = Program(
    name="hyperkube",
    package=".",
    minutes=10,
    # A server that does not know its version is one that kubectl and helm cannot talk to.
    stamps={
        "k8s.io/component-base/version.gitVersion": f"v{KUBERNETES}",
        "k8s.io/component-base/version.gitMajor": "1",
        "k8s.io/component-base/version.gitMinor": _MINOR,
        "k8s.io/component-base/version.gitTreeState": "clean",
        "k8s.io/client-go/pkg/version.gitVersion": f"v{KUBERNETES}",
    },
    links=("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "kubectl", "kubelet"),
)
ENVOY_GATEWAY = Program(
    name="envoy-gateway",
    package="github.com/envoyproxy/gateway/cmd/envoy-gateway",
    minutes=7,
    environment=_STATIC,
)
HELM = Program(name="helm", package="helm.sh/helm/v3/cmd/helm", minutes=4)
COREDNS = Program(name="coredns", package="github.com/coredns/coredns", minutes=8, environment=_STATIC)
KUBE_ROUTER = Program(
    name="kube-router", package="github.com/cloudnativelabs/kube-router/v2/cmd/kube-router", minutes=3
)
KWOK = Program(name="kwok", package="sigs.k8s.io/kwok/cmd/kwok", minutes=3)


def built(program: Program) -> Path:
    """The folder with the program and its other names; builds it when it was never built from the same content.

    Raises:
        ClusterError: Go is missing, or the modules cannot be had or built.
    """

    def build(folder: Path) -> None:
        environment = [f"{name}={value}" for name, value in program.environment.items()]
        flags = ["-trimpath", "-ldflags", program.link_flags]
        output: list[str | Path] = ["-o", folder / program.name, program.package]
        run(["env", *environment, go(), "build", *flags, *output], cwd=program.folder)
        for link in program.links:
            (folder / link).symlink_to(program.name)

    what, duration = f"Building {program.name} from Go modules", f"{program.minutes} minutes on 2 cores"
    return kept(program.name, key(program), what, duration, build)


def key(program: Program) -> str:
    """Names what a program is built from: its module's files, the flags, the kind of machine."""
    digest = hashlib.sha256()
    for path in sorted(program.folder.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    settings = [program.package, program.link_flags, dict(program.environment), program.links, platform.machine()]
    digest.update(json.dumps(settings).encode())
    return digest.hexdigest()[:16]


def go() -> str:
    """The Go compiler.

    Raises:
        ClusterError: There is none.
    """
    found = shutil.which("go")
    if not found:
        raise ClusterError("`go` is not on PATH; install Go 1.26 (https://go.dev/dl/) to build the cluster's programs.")
    return found
