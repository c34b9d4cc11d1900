import pytest
from hypothesis import given
from hypothesis import strategies as st
from mechanics.quantities import quantity, seconds, share


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("500m", 0.5), ("2", 2), (2, 2), ("1.5", 1.5), ("1k", 1000), ("1Ki", 1024), ("4Gi", 4 * 2**30), ("3M", 3e6),
        ("", None), ("many", None), ("1 Gi", None), (True, None), (None, None), ([1], None), ("-1", None),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_kubernetes_reads_it(value: object, amount: float | None) -> None:
    assert quantity(value) == amount


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0s", 0), ("90s", 90), ("1h30m", 5400), ("1.5h", 5400), ("250ms", 0.25), ("720h", 2592000),
        ("Never", None), ("", None), ("5", None), (5, None), ("s", None), ("1d", None),
    ],
)  # fmt: skip
def test_a_time_is_read_in_seconds(value: object, expected: float | None) -> None:
    assert seconds(value) == expected


@given(hours=st.integers(0, 999), minutes=st.integers(0, 59), rest=st.integers(0, 59))
def test_parts_of_a_time_add_up(hours: int, minutes: int, rest: int) -> None:
    assert seconds(f"{hours}h{minutes}m{rest}s") == 3600 * hours + 60 * minutes + rest


@pytest.mark.parametrize(("value", "pods"), [("50%", 2), ("100%", 4), (1, 1), ("1", 1), ("many%", None), (None, None)])
def test_a_share_of_pods_is_a_number_or_a_percentage(value: object, pods: float | None) -> None:
    assert share(value, 4) == pods
