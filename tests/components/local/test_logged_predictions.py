"""Counting predictions from the gateway's access log."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.local.fragments import Endpoint
from components.local.logged_predictions import LoggedPredictions
from components.local.stack_dir import StackDir
from serving.predictions import ClassCounts, ValueSums


@pytest.fixture
def stack_dir(tmp_path: Path) -> StackDir:
    made = StackDir(tmp_path)
    made.make()
    return made


def endpoint(stack_dir: StackDir, expected: list[Any]) -> None:
    probe = {"model": "m", "request": {}, "output": "y", "expected": expected}
    ports = {"http_port": 1, "grpc_port": 2, "metrics_port": 3}
    Endpoint(
        model="m", slot="blue", **ports, release_digest="0" * 64, release_version="1", program="p", probe=probe
    ).write(stack_dir)


def log(stack_dir: StackDir, *entries: dict[str, Any], end: str = "\n") -> None:
    lines = [json.dumps({"model": "m", "slot": "blue", "prediction": None, **entry}) for entry in entries]
    with (stack_dir.logs / "gateway-access.log").open("a") as file:
        file.write("\n".join(lines) + end)


def test_classes_are_counted_by_slot(stack_dir: StackDir) -> None:
    endpoint(stack_dir, [3])
    counted = LoggedPredictions(stack_dir, "m")
    log(stack_dir, {"prediction": "3"}, {"prediction": "3,5"}, {"prediction": "7", "slot": "green"})
    assert counted.of("blue") == ClassCounts(counts={"3": 2, "5": 1})
    assert counted.of("green") == ClassCounts(counts={"7": 1})


def test_values_of_a_regression_are_summed(stack_dir: StackDir) -> None:
    endpoint(stack_dir, [0.5])
    counted = LoggedPredictions(stack_dir, "m")
    log(stack_dir, {"prediction": "1.5"}, {"prediction": "2"})
    assert counted.of("blue") == ValueSums(total=2, values=3.5, squares=6.25)


def test_only_what_comes_after_the_beginning_counts_and_only_this_model(stack_dir: StackDir) -> None:
    endpoint(stack_dir, [3])
    log(stack_dir, {"prediction": "1"})
    counted = LoggedPredictions(stack_dir, "m")
    log(stack_dir, {"prediction": "2"}, {"prediction": "2", "model": "other"}, {"prediction": None})
    assert counted.of("blue") == ClassCounts(counts={"2": 1})


def test_a_line_that_is_not_yet_whole_counts_when_it_is(stack_dir: StackDir) -> None:
    endpoint(stack_dir, [3])
    counted = LoggedPredictions(stack_dir, "m")
    log(stack_dir, {"prediction": "2"}, end="")
    assert counted.of("blue") == ClassCounts(counts={})
    log(stack_dir, end="\n")
    assert counted.of("blue") == ClassCounts(counts={"2": 1})


def test_a_log_that_was_put_aside_is_read_from_its_beginning(stack_dir: StackDir) -> None:
    endpoint(stack_dir, [3])
    log(stack_dir, {"prediction": "1"}, {"prediction": "1"})
    counted = LoggedPredictions(stack_dir, "m")
    (stack_dir.logs / "gateway-access.log").unlink()
    log(stack_dir, {"prediction": "4"})
    assert counted.of("blue") == ClassCounts(counts={"4": 1})
