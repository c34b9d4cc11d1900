"""Finds a Python that everything else can run on.

The model server's wheel wants numpy 1, which has binaries up to Python 3.12, and loads the shared libpython.
"""

import json
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from toolchain.errors import SetupError

SUPPORTED = ((3, 11), (3, 12))
DESCRIBE = """
import ctypes, json, sys, sysconfig
name = f"libpython{sys.version_info[0]}.{sys.version_info[1]}.so.1.0"
try:
    ctypes.CDLL(name)
    found = True
except OSError:
    found = False
folder = sysconfig.get_config_var("LIBDIR")
print(json.dumps([sys.executable, sys.version_info[:2], found, f"{folder}/{name}"]))
"""


@dataclass(frozen=True, kw_only=True)
class Python:
    """An interpreter, and whether its shared library is there for the model server to load."""

    executable: Path
    version: tuple[int, int]
    has_library: bool


def find() -> Python:
    """Finds the running interpreter, or else one on PATH, that is supported.

    Raises:
        SetupError: This is not Linux on x86-64, or no supported Python is there, or its shared library is missing.
    """
    machine = (platform.system(), platform.machine())
    if machine != ("Linux", "x86_64"):
        raise SetupError(
            f"This machine is {' '.join(machine)}; the model server and the gateway run on Linux on x86_64 only."
        )
    candidates = []
    for python in _candidates():
        if python.version in SUPPORTED and python.has_library:
            return python
        candidates.append(python)
    raise SetupError(_refusal(candidates))


def _candidates() -> Iterator[Python]:
    names = [sys.executable, *(shutil.which(f"python{major}.{minor}") for major, minor in reversed(SUPPORTED))]
    for name in names:
        python = describe(name) if name else None
        if python:
            yield python


def describe(executable: str) -> Python | None:
    """Asks an interpreter what it is; None when it does not run."""
    command = [executable, "-I", "-c", DESCRIBE]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    if answer.returncode:
        return None
    path, version, loads, library = json.loads(answer.stdout)
    has_library = loads or Path(library).exists()
    return Python(executable=Path(path), version=tuple(version), has_library=has_library)


def _refusal(candidates: list[Python]) -> str:
    supported = " or ".join(f"{major}.{minor}" for major, minor in SUPPORTED)
    lacking = next((python for python in candidates if python.version in SUPPORTED), None)
    if lacking:
        name = "python{}.{}".format(*lacking.version)
        return f"{lacking.executable} lacks lib{name}.so.1.0, which the model server loads: apt install lib{name}"
    found = ", ".join(f"{python.executable} ({'.'.join(map(str, python.version))})" for python in candidates)
    return f"Python {supported} is needed, found {found}: apt install python3.11 python3.11-venv libpython3.11"
