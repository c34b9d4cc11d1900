"""Rounds become medians, and medians a table with ratios; the picture is drawn from the same."""

from pathlib import Path

import pytest

from bench import chart
from bench.load import Load
from bench.results import COLUMNS, Measured, Round, measured, table
from bench.targets import FASTAPI, GATEWAY, TRITON


def one_round(requests: int, p99_ms: float = 10, errors: int = 0, gateway_seconds: float = 0.1) -> Round:
    load = Load(requests=requests, seconds=2, p50_ms=p99_ms / 2, p99_ms=p99_ms, errors=errors)
    return Round(load=load, processor_seconds={"gateway": gateway_seconds})


def result(target: str, requests_per_second: float, p99_ms: float) -> Measured:
    return Measured(
        model="digits",
        target=target,
        requests_per_second=requests_per_second,
        spread=(requests_per_second, requests_per_second),
        p50_ms=1,
        p99_ms=p99_ms,
        processor_us={"gateway": 150, "stub": 60.4},
        errors=0,
    )


RESULTS = [result(GATEWAY, 3000, 12), result(TRITON, 6000, 8), result(FASTAPI, 1000, 48)]


def cells(target: str) -> dict[str, str]:
    (line,) = (line for line in table(RESULTS).splitlines() if f"| {target} |" in line)
    return dict(zip(COLUMNS, line.strip("| ").split(" | "), strict=True))


def test_one_disturbed_round_does_not_move_the_result() -> None:
    found = measured("digits", GATEWAY, [one_round(2000), one_round(2200), one_round(20, p99_ms=900)])
    assert found.requests_per_second == 1000
    assert found.p99_ms == 10
    assert found.spread == (10, 1100), "the disturbance must still be seen"


def test_errors_of_all_rounds_are_added() -> None:
    assert measured("digits", GATEWAY, [one_round(10, errors=1), one_round(10), one_round(10, errors=2)]).errors == 3


def test_processor_time_is_per_request_of_its_own_round() -> None:
    rounds = [one_round(1000, gateway_seconds=0.1), one_round(100, gateway_seconds=0.01)]
    assert measured("digits", GATEWAY, rounds).processor_us == {"gateway": pytest.approx(100)}


def test_the_table_compares_with_fastapi_and_with_triton_alone() -> None:
    shown = cells(GATEWAY)
    assert shown["requests/s : FastAPI"] == "3.00"
    assert shown["p99 : FastAPI"] == "0.25"
    assert shown["CPU : FastAPI"] == "1.00"
    assert shown["requests/s : Triton"] == "0.50"


def test_the_table_says_whose_processor_time_it_was() -> None:
    assert cells(TRITON)["CPU µs a request"] == "210 (gateway 150, stub 60)"


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    chart.draw(RESULTS, "what it shows", tmp_path / "serve.png")
    assert (tmp_path / "serve.png").read_bytes().startswith(b"\x89PNG")
