"""Times as the Gateway API writes them: whole numbers with units.

Source: https://gateway-api.sigs.k8s.io/geps/gep-2257/
"""

MS_PER_SECOND = 1000


def duration(seconds: float) -> str:
    """Return a time: `15s`, `7s500ms`; at least a millisecond, for zero would mean no limit."""
    whole, rest = divmod(max(1, round(seconds * MS_PER_SECOND)), MS_PER_SECOND)
    return f"{whole}s" * bool(whole) + f"{rest}ms" * bool(rest)
