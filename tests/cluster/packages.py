"""The Debian packages that a node stands on, had from Debian when this machine lacks them.

Those that would start a service of their own, now and at each start of the machine, are not installed but unpacked
beside what else is kept.
"""

import hashlib
import os
import platform
import shutil
import sys
from collections.abc import Collection
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.kept import kept, kept_folder
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
    "/usr/lib/x86_64-linux-gnu/libc.a": "libc6-dev",
}
"""What a node runs, and the package of Debian that has it."""
SERVICES = ("containerd", "etcd-server")
"""The packages that would start a service; they need nothing of others but glibc and runc."""
RELEASE = Path("/etc/debian_version")
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


def program(name: str) -> str:
    """Where a program of a node is, on this machine or unpacked; its name alone when it is nowhere."""
    unpacked = (unpacked_folder(package) / "usr" / "bin" / name for package in SERVICES)
    return shutil.which(name, path=_path()) or next((str(path) for path in unpacked if path.is_file()), name)


def missing(programs: Collection[str]) -> list[str]:
    """The packages whose program is neither on this machine nor unpacked."""

    def there(name: str) -> bool:
        found = Path(program(name))
        return found.is_absolute() and found.is_file()

    return sorted(PROGRAMS[name] for name in programs if not there(name))


def install(programs: Collection[str] = PROGRAMS.keys()) -> None:
    """Install those programs that are missing, or unpack them.

    Raises:
        ClusterError: This is no Debian, the user is not root, or the packages cannot be had.
    """
    packages, debian, root = missing(programs), RELEASE.exists(), os.geteuid() == 0
    unpacked = [package for package in packages if debian and package in SERVICES]
    installed = [package for package in packages if package not in unpacked]
    if installed and not (debian and root):
        raise ClusterError(f"Install what Debian calls {' '.join(installed)} as root, then try again.")
    try:
        if packages and root:
            run(["apt-get", "update", "--quiet"])
        if installed:
            with step(f"Installing the Debian packages {' '.join(installed)}", "1 minute"):
                quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "--yes", "--quiet"]
                run([*quiet, "--no-install-recommends", *installed])
    except CommandError as error:
        raise ClusterError(str(error)) from error
    for package in unpacked:
        unpack(package)


def unpacked_folder(package: str) -> Path:
    """Where a package's files are, or would be."""
    return kept_folder(package, _key())


def unpack(package: str) -> Path:
    """The folder with a package's files, unpacked and nothing of it started or set up.

    Raises:
        ClusterError: It cannot be had.
    """

    def fill(folder: Path) -> None:
        run(["apt-get", "download", "--quiet", package], cwd=folder)
        (archive,) = folder.glob("*.deb")
        run(["dpkg-deb", "--extract", archive, folder])
        archive.unlink()

    return kept(package, _key(), f"Unpacking the Debian package {package}", "10 seconds", fill)


def _key() -> str:
    release = RELEASE.read_text() if RELEASE.exists() else ""
    return hashlib.sha256(f"{release} {platform.machine()}".encode()).hexdigest()[:16]


def _path() -> str:
    # Debian keeps what only root needs where other users do not look.
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
