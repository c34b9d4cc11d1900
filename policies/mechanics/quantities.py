"""How a rule reads what Kubernetes and Karpenter write as text: amounts such as 500m and 4Gi, times such as 1h30m."""

import re

from mechanics.facts import Value

# https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
_FACTORS = {
    "": 1.0, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
    "Ki": 2.0**10, "Mi": 2.0**20, "Gi": 2.0**30, "Ti": 2.0**40,
}  # fmt: skip
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|[MGT]i?|Ki)?")
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|h|m|s))+")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|h|m|s)")
_SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3}


def quantity(value: Value) -> float | None:
    """Return an amount in its base unit; None where there is none."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    found = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    return float(found[1]) * _FACTORS[found[2] or ""] if found else None


def seconds(value: Value) -> float | None:
    """Return a time in seconds; None where there is none, or none that ends, such as `Never`."""
    if not isinstance(value, str) or not _DURATION.fullmatch(value):
        return None
    return sum(float(amount) * _SECONDS[unit] for amount, unit in _DURATION_PART.findall(value))


def share(value: Value, whole: float) -> float | None:
    """Return a number of pods that stands as a number or as a percentage of `whole`; None where there is none."""
    if isinstance(value, str) and value.endswith("%"):
        percent = quantity(value[:-1])
        return None if percent is None else percent * whole / 100
    return quantity(value)
