"""Brings a checkout in step: two virtual environments, an engine, and the engine's files below `.slipway/`."""

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from toolchain import cache, download, module_build
from toolchain.engine import PINNED_VERSION, Engine, first_available, in_directory, on_path
from toolchain.environments import Environment, bring_in_step
from toolchain.errors import UnavailableError
from toolchain.project_files import PROGRAMS, ProjectFiles

# How an engine that this setup has fetched came here: {folder in the cache: origin for the reader}.
KINDS = {
    f"{PINNED_VERSION}-official": f"{PINNED_VERSION} (official download)",
    f"{PINNED_VERSION}-modules": f"{PINNED_VERSION} (built from Go modules)",
}


def set_up(root: Path) -> str:
    """Does what is missing in a checkout, and says which engine it uses.

    Raises:
        SetupError: Something cannot be had here; what was done so far is kept for the next run.
    """
    environments = _environments(root)
    files = ProjectFiles(root, environments[0].python)
    path = _without_checkouts(os.environ.get("PATH", os.defpath))
    decisive = [PINNED_VERSION, str(root), _identity(shutil.which("pulumi", path=path))]
    if all(environment.in_step for environment in environments) and files.engine_for(decisive):
        return files.engine_for(decisive)
    with cache.locked(root / ".slipway" / "setup.lock"):
        bring_in_step(environments)
        if not files.engine_for(decisive):
            files.write(find_engine(path, cache.user_cache() / "engine"), decisive)
    return files.engine_for(decisive)


def find_engine(path: str, folder: Path) -> Engine:
    """Finds an engine, or brings one here; two setups may do this at once.

    Args:
        path: Where an installed one is looked for, in the form of $PATH.
        folder: The cache, one folder for each engine in it.

    Raises:
        SetupError: No way leads to an engine.
    """
    official, modules = (folder / kind for kind in KINDS)
    with cache.locked(folder / "lock"):
        return first_available(
            [
                ("an engine on PATH", partial(on_path, path)),
                ("an engine that was fetched before", partial(_fetched, folder)),
                ("the official download", partial(_fetch, download.official, official)),
                ("a build from Go modules", partial(_fetch, module_build.build, modules)),
            ]
        )


def _environments(root: Path) -> list[Environment]:
    pack = root / "policies"
    return [
        Environment(directory=root / ".venv", requirements=root / "requirements.txt", duration="2 minutes"),
        Environment(directory=pack / ".venv", requirements=pack / "requirements.txt", duration="30 seconds"),
    ]


def _fetched(folder: Path) -> Engine:
    for kind, origin in KINDS.items():
        if (folder / kind).is_dir():
            return in_directory(folder / kind, origin)
    raise UnavailableError(f"{folder} holds none of version {PINNED_VERSION}")


def _fetch(fill: Callable[[Path], None], directory: Path) -> Engine:
    fill(directory)
    return in_directory(directory, KINDS[directory.name])


def _without_checkouts(path: str) -> str:
    """Leaves out what a checkout's own `.slipway/env` has put on PATH: that engine is what is to be found."""
    return os.pathsep.join(folder for folder in path.split(os.pathsep) if not Path(folder).match(str(PROGRAMS)))


def _identity(program: str | None) -> str:
    """Tells apart what may lie at one path at different times."""
    return f"{program} of {Path(program).stat().st_mtime_ns}" if program else "none"
