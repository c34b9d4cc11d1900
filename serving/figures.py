"""Figures as sentences, progress lines and reports write them."""


def percent(share: float) -> str:
    """Write a share in at most 3 digits, e.g. `0.1%` for 0.001."""
    return f"{100 * share:.3g}%"


def milliseconds(value: float | None) -> str:
    """Write a latency in at most 3 digits, e.g. `7.31 ms`; `unknown` for none."""
    return "unknown" if value is None else f"{value:.3g} ms"
