"""Whether the `pulumi up` that asked for something still waits for it.

The engine tells a dynamic provider of no interruption: its `Cancel` has no way to the provider's code. But a stopped
engine ends the program at once, while the program of a running one waits for its last resource.
"""

import os
from collections.abc import Callable

import psutil

_PROGRAM = "pulumi-language-python-exec"


def program_runs() -> Callable[[], bool]:
    """Return a question: does the program that runs now still run? Always yes, when none is found."""
    programs = _programs()
    return lambda: not programs or any(program.is_running() and not _ended(program) for program in programs)


def _programs() -> list[psutil.Process]:
    try:
        engine = psutil.Process(os.getppid())
        return [process for process in engine.children(recursive=True) if _PROGRAM in " ".join(process.cmdline())]
    except psutil.Error:
        return []


def _ended(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
