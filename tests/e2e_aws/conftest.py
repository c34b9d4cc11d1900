"""The stand-ins and the engine, fresh for each test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.aws_stand_in.server import StandIn, running
from tests.support.engine import PROGRAMS, Engine


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    """An empty account."""
    with running() as each:
        yield each


@pytest.fixture
def engine(stand_in: StandIn, tmp_path: Path) -> Callable[[str], Engine]:
    """Makes a stack of a program in that account."""
    assert shutil.which("pulumi") or PROGRAMS.exists(), "there is no Pulumi engine; run `make setup`"
    return lambda program: Engine(tmp_path, stand_in.environment, program)
