"""How a shift ended is said in one sentence, and a look in one line that fits a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.figures import milliseconds, percent
from serving.shift_outcome import Look, format_look, where
from serving.slo import Verdict
from serving.window import Latencies, Window

COLUMNS = 110


def look(live: Window, candidate: Window, verdict: Verdict, *, share: int = 25, mirrored: int = 0) -> Look:
    weights = {"blue": 100 - share, "green": share}
    return Look(
        seconds=12.5, weights=weights, mirrored_percent=mirrored, candidate=candidate, live=live, verdict=verdict
    )


def test_a_look_is_one_line_with_the_live_slot_first() -> None:
    live = Window(requests=151, latencies=Latencies(buckets=((7.0, 0), (7.1, 151))))
    candidate = Window(requests=49, errors=1, latencies=Latencies(buckets=((120.0, 48),)))
    line = format_look(look(live, candidate, Verdict(action="advance", check="all", reason="")), "green", "blue")
    assert line == ("blue  75% green  25%  req 151/49    err 0%/2.04%      p99 7.1/119 ms    advance")


def test_a_look_that_holds_or_aborts_names_the_setting() -> None:
    verdict = Verdict(action="abort", check="max_p99_ms", reason="")
    assert format_look(look(Window(), Window(), verdict), "green", "blue").endswith(
        "p99 -/- ms        abort: max_p99_ms"
    )


def test_a_mirror_shows_the_share_that_is_copied() -> None:
    verdict = Verdict(action="hold", check="min_requests", reason="")
    line = format_look(look(Window(), Window(), verdict, share=0, mirrored=20), "green", "blue")
    assert line.startswith("blue 100% green +20%  req")


@given(
    st.integers(0, 999_999),
    st.integers(0, 999_999),
    st.floats(0, 30_000),
    st.sampled_from(["max_error_rate_difference", "max_prediction_distance", "min_requests"]),
)
def test_a_line_fits_the_terminal(requests: int, errors: int, slow: float, check: str) -> None:
    window = Window(requests=requests, errors=min(errors, requests), latencies=Latencies(buckets=((slow, 10),)))
    line = format_look(look(window, window, Verdict(action="abort", check=check, reason="")), "green", "blue")
    assert len(line) <= COLUMNS


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ({"blue": 100, "green": 0}, "all traffic is on blue"),
        ({"green": 25, "blue": 75}, "traffic is on blue (75%) and green (25%)"),
        ({}, "traffic is on no slot"),
        (None, "where traffic is could not be read; look at the gateway before anything else"),
    ],
)
def test_where_traffic_is_is_said_truthfully(weights: dict[str, int] | None, words: str) -> None:
    assert where(weights) == words


def test_figures_have_at_most_three_digits() -> None:
    assert [percent(share) for share in (0, 0.001, 0.00034567, 0.5, 1)] == ["0%", "0.1%", "0.0346%", "50%", "100%"]
    assert [milliseconds(value) for value in (None, 0.5, 7.312, 1250)] == ["unknown", "0.5 ms", "7.31 ms", "1250 ms"]
