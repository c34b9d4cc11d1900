"""Figures as sentences, progress lines and reports write them."""

THREE_DIGITS = 1000
FIVE_DIGITS = 100_000


def percent(share: float) -> str:
    """Write a share in at most 3 digits and 4 decimals, e.g. `0.1%` for 0.001."""
    return f"{round(100 * share, 4):.3g}%"


def count(number: int) -> str:
    """Write a number in at most 5 characters while it is below a million, e.g. `250k` for 250,417."""
    return str(number) if number < FIVE_DIGITS else f"{number // 1000}k"


def milliseconds(value: float | None) -> str:
    """Write a latency, e.g. `7.31 ms` or `1250 ms`; `unknown` for none."""
    if value is None:
        return "unknown"
    return f"{value:.3g} ms" if value < THREE_DIGITS else f"{value:.0f} ms"
