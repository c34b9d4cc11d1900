"""The pure parts of the measurement of growth."""

import ast
import os
import re
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from bench.scale import MIB, SDK_VERSION, Measure, note, program, table


def test_the_version_that_the_engine_is_told_is_the_one_that_is_installed() -> None:
    assert version("pulumi-kubernetes") == SDK_VERSION


@pytest.mark.parametrize("models", [1, 1000])
def test_the_program_is_python_with_so_many_models_and_the_cluster_s_kubeconfig(models: int) -> None:
    source = program(models, Path("/srv/it's here"))
    ast.parse(source)
    assert f"range({models})" in source
    assert repr("/srv/it's here") in source


def test_the_table_shows_what_should_stay_the_same_as_a_stack_grows() -> None:
    small = Measure(models=10, resources=500, objects=400, seconds=5, program_mib=150.4, engine_mib=99.5)
    large = Measure(models=100, resources=5000, objects=4000, seconds=50, program_mib=900, engine_mib=800)
    first, second = table([small, large]).splitlines()[2:]
    assert first == "| 10 | 500 | 400 | 5.0 | 150 | 100 | 10 |"
    assert re.search(r"\| 10 \|$", second)


def test_the_most_that_a_process_held_is_kept() -> None:
    most = {"python": 0.5}
    note(psutil.Process(os.getpid()), most)
    held = most["python"]
    assert held > psutil.Process().memory_info().rss / MIB / 2
    most["python"] = 2 * held
    note(psutil.Process(os.getpid()), most)
    assert most["python"] == 2 * held


def test_a_process_that_is_gone_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(process: psutil.Process) -> str:
        raise psutil.NoSuchProcess(process.pid)

    monkeypatch.setattr(psutil.Process, "name", gone)
    most: dict[str, float] = {}
    note(psutil.Process(), most)
    assert most == {}
