import pytest

from serving.figures import count, milliseconds, percent


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0%"), (0.001, "0.1%"), (1, "100%"), (0.123456, "12.3%"), (0.0000989, "0.0099%")]
)
def test_a_share_is_a_short_percentage(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (99_999, "99999"), (250_417, "250k")])
def test_a_large_count_is_in_thousands(number: int, text: str) -> None:
    assert count(number) == text


@pytest.mark.parametrize(("value", "text"), [(None, "unknown"), (7.314, "7.31 ms"), (1250.4, "1250 ms")])
def test_a_latency_has_three_digits_or_no_decimals(value: float | None, text: str) -> None:
    assert milliseconds(value) == text
