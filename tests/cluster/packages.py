"""The Debian packages that a node stands on, installed when this machine lacks them."""

import os
import platform
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from tests.cluster.errors import ClusterError
from toolchain.progress import CommandError, run, step

PROGRAMS = {
    "buildah": "buildah",
    "cc": "gcc",
    "conntrack": "conntrack",
    "containerd": "containerd",
    "debootstrap": "debootstrap",
    "etcd": "etcd-server",
    "ip": "iproute2",
    "ipset": "ipset",
    "iptables": "iptables",
    "runc": "runc",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}
"""What a node runs, and the package of Debian that has it."""
INSTEAD = "Set SLIPWAY_TEST_KUBECONFIG to the kubeconfig of a cluster that may be tested on, instead."


def require_machine() -> None:
    """Pass on a machine where a node can run.

    Raises:
        ClusterError: It is not Linux on x86-64, or the user is not root.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        raise ClusterError(f"A node needs Linux on x86-64, and this is {platform.platform()}. {INSTEAD}")
    if os.geteuid() != 0:
        raise ClusterError(f"A node makes links, mounts and packet rules, which only root may. {INSTEAD}")


def missing(programs: Iterable[str]) -> list[str]:
    """The packages whose program is not on this machine."""
    # Debian keeps what only root needs where other users do not look.
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    return sorted(PROGRAMS[program] for program in programs if not shutil.which(program, path=path))


def install(programs: Iterable[str] = PROGRAMS) -> None:
    """Install those programs that are missing.

    Raises:
        ClusterError: This is no Debian, the user is not root, or the packages cannot be had.
    """
    packages = missing(programs)
    if not packages:
        return
    words = " ".join(packages)
    if not Path("/etc/debian_version").exists() or os.geteuid() != 0:
        raise ClusterError(f"Install what Debian calls {words} as root, then try again.")
    try:
        with step(f"Installing the Debian packages {words}", "1 minute"):
            run(["apt-get", "update", "--quiet"])
            quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "--quiet"]
            run([*quiet, "--no-install-recommends", *packages])
    except CommandError as error:
        raise ClusterError(str(error)) from error
