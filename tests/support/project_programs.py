"""Programs that stand in for real ones on the PATH."""

from pathlib import Path


def program(folder: Path, name: str, script: str) -> None:
    """Write a shell script that can be called by its name."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
