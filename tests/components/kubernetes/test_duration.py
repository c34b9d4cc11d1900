import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.kubernetes.duration import duration

GATEWAY_API = re.compile(r"^([0-9]{1,5}(h|m|s|ms)){1,4}$")


@given(seconds=st.floats(min_value=0.0001, max_value=86_400))
def test_every_time_is_one_that_the_gateway_api_takes_and_is_to_the_millisecond(seconds: float) -> None:
    text = duration(seconds)
    assert GATEWAY_API.match(text), text
    read = sum(int(number) / (1 if unit == "s" else 1000) for number, unit in re.findall(r"(\d+)(ms|s)", text))
    assert read == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize(("seconds", "text"), [(15, "15s"), (7.5, "7s500ms"), (0.25, "250ms"), (0, "1ms")])
def test_times_are_written_as_people_write_them(seconds: float, text: str) -> None:
    assert duration(seconds) == text
