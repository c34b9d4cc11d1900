"""Puts the pack and the planned stack on the path, and loads the pack as the engine does, without starting it."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

PACK = Path(__file__).parents[3] / "policies"
sys.path[:0] = [str(PACK), str(Path(__file__).parents[1])]


@pytest.fixture(scope="session")
def pack() -> ModuleType:
    """Return the adapter's module."""
    spec = importlib.util.spec_from_file_location("pack", PACK / "__main__.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
