"""What a Pulumi engine is, which version is wanted, and the order in which one is looked for."""

import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from toolchain.errors import SetupError, UnavailableError

# The same as `pulumi==` in requirements.in and the module version in go.mod; a test compares them.
PINNED_VERSION = "3.255.0"
LANGUAGE_HOST = "pulumi-language-python"
EXECUTOR = "pulumi-language-python-exec"
DYNAMIC_PROVIDER = "pulumi-resource-pulumi-python"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The programs of one engine, wherever they lie.

    Args:
        origin: Its version and how it came here, for the reader.
        programs: The `pulumi` binary and the plugins that belong beside it: {file name: path}.
    """

    origin: str
    programs: dict[str, Path]

    @property
    def needs_stand_in(self) -> bool:
        """Whether the official Python language host is missing, so that the stand-in has to be used."""
        return LANGUAGE_HOST not in self.programs

    def __str__(self) -> str:
        return f"Pulumi {self.origin}" + (", with the stand-in Python language host" if self.needs_stand_in else "")


Source = tuple[str, Callable[[], Engine]]


def first_available(sources: Sequence[Source]) -> Engine:
    """Asks one source after the other for an engine.

    Args:
        sources: Name and function of each; a function that cannot help raises UnavailableError.

    Raises:
        SetupError: None of them has one; the message lists every reason.
    """
    reasons = []
    for name, find in sources:
        try:
            return find()
        except UnavailableError as reason:
            reasons.append(f"  - {name}: {reason}")
    raise SetupError(
        f"No Pulumi engine (version {PINNED_VERSION} or newer) could be had. Tried:\n"
        + "\n".join(reasons)
        + "\nOne of these helps: install Pulumi so that `pulumi` is on PATH (https://www.pulumi.com/docs/install/);"
        + " let this machine reach the download site; install Go 1.21 or newer and let it reach a Go module proxy."
    )


def in_directory(directory: Path, origin: str) -> Engine:
    """Reads which programs of an engine lie in a folder.

    Raises:
        UnavailableError: There is no `pulumi` in it.
    """
    programs = {path.name: path for path in sorted(directory.glob("pulumi*")) if path.is_file()}
    if "pulumi" not in programs:
        raise UnavailableError(f"no pulumi in {directory}")
    return Engine(origin=origin, programs=programs)


def on_path(path: str) -> Engine:
    """Finds an engine that the user has installed.

    Args:
        path: Folders to search, in the form of $PATH.

    Raises:
        UnavailableError: None is there, it is too old, or the Python language host is missing.
    """
    found = shutil.which("pulumi", path=path)
    if not found:
        raise UnavailableError("`pulumi` is not on PATH")
    pulumi = Path(found).absolute()
    version = version_of(pulumi)
    if _numbers(version) < _numbers(PINNED_VERSION):
        raise UnavailableError(f"{pulumi} has version {version or 'unknown'}, which is older than {PINNED_VERSION}")
    engine = in_directory(pulumi.resolve().parent, f"{version} (found at {pulumi})")
    host = engine.programs.get(LANGUAGE_HOST) or shutil.which(LANGUAGE_HOST, path=path)
    if not host:
        raise UnavailableError(f"{pulumi} has no {LANGUAGE_HOST} beside it or on PATH")
    programs = {**engine.programs, "pulumi": pulumi, LANGUAGE_HOST: Path(host).absolute()}
    return Engine(origin=engine.origin, programs=programs)


def version_of(pulumi: Path) -> str:
    """Asks an engine for its version; empty when it does not answer with one."""
    try:
        answer = subprocess.run([pulumi, "version"], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    found = re.fullmatch(r"v?(\d+\.\d+\.\d+)\S*", answer.stdout.strip())
    return found[1] if found else ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split(".") if number)
