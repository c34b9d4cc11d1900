"""Figures as sentences, progress lines and reports write them."""

THREE_DIGITS = 1000


def percent(share: float) -> str:
    """Write a share in at most 3 digits, e.g. `0.1%` for 0.001."""
    return f"{100 * share:.3g}%"


def milliseconds(value: float | None) -> str:
    """Write a latency, e.g. `7.31 ms` or `1250 ms`; `unknown` for none."""
    if value is None:
        return "unknown"
    return f"{value:.3g} ms" if value < THREE_DIGITS else f"{value:.0f} ms"
