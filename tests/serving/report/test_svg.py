"""Values find their place in a picture, and scales are written beside it with round numbers."""

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.report.svg import Scale, box, curve, label, line, picture, slot_colours


def test_a_linear_scale_divides_its_side_evenly() -> None:
    scale = Scale(low=0, high=10, begin=100, end=200)
    assert [scale(value) for value in (0, 5, 10)] == [100, 150, 200]


def test_a_logarithmic_scale_gives_equal_ratios_equal_room() -> None:
    scale = Scale(low=1, high=100, begin=0, end=200, logarithmic=True)
    assert [scale(value) for value in (1, 10, 100)] == [0, 100, 200]


def test_what_lies_outside_is_put_on_the_border() -> None:
    scale = Scale(low=1, high=100, begin=200, end=0, logarithmic=True)
    assert [scale(value) for value in (0, 0.1, 1e9)] == [200, 200, 0]


@pytest.mark.parametrize(
    ("scale", "ticks"),
    [
        (Scale(low=0, high=10, begin=0, end=1), [0, 2, 4, 6, 8, 10]),
        (Scale(low=0, high=0.0023, begin=0, end=1), [0, 0.0005, 0.001, 0.0015, 0.002]),
        (Scale(low=0, high=613, begin=0, end=1), [0, 200, 400, 600]),
        (Scale(low=0.7, high=30, begin=0, end=1, logarithmic=True), [1, 2, 5, 10, 20]),
    ],
)
def test_ticks_are_round_numbers(scale: Scale, ticks: list[float]) -> None:
    assert scale.ticks() == pytest.approx(ticks)


@given(st.floats(0.01, 1e4), st.floats(1.01, 1e4), st.booleans())
def test_every_scale_has_ticks_and_all_lie_on_it(low: float, ratio: float, logarithmic: bool) -> None:
    scale = Scale(low=low, high=low * ratio, begin=0, end=100, logarithmic=logarithmic)
    ticks = scale.ticks()
    assert ticks == sorted(ticks)
    assert all(0 <= scale(tick) <= 100 for tick in ticks)
    assert logarithmic or 1 <= len(ticks) <= 12


def test_a_picture_is_well_formed_and_tells_what_it_shows() -> None:
    words, rule = label(1, 2, "a < b", strong=True, colour="#fff"), line((0, 0), (1, 1), dashed=True)
    shapes = [words, rule, box(0, 0, 1, -1, "red"), curve([(1, 2)], "blue")]
    root = ET.fromstring(picture(10, 20, "a & b", shapes))  # noqa: S314 - it is ours
    assert root.attrib["aria-label"] == "a & b"
    assert [child.tag for child in root] == ["title", "text", "line", "rect", "polyline", "circle"]
    assert root[3].attrib["height"] == "0", "a rectangle is never negative"


def test_slots_named_by_a_colour_have_it() -> None:
    assert slot_colours("green", "blue") == slot_colours("blue", "green")[::-1]
    assert len({*slot_colours("a", "b"), *slot_colours("blue", "green")}) == 4
