"""What several proxies counted of one slot, added up so that the sum only ever grows.

Proxies come, go and begin anew while a shift is watched. What each counted between two of its own readings is added; a
proxy that is not there any more adds nothing, and one that began anew adds what it has counted since. What a proxy
counted before it was first seen is not known to lie within any window, so it is left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Self

from serving.counters import Counters


@dataclass(frozen=True, kw_only=True)
class ProxyTally:
    """The sum over proxies, and the last reading of each."""

    total: Counters = field(default_factory=Counters)
    last: Mapping[str, Counters] = field(default_factory=dict)

    def after(self, readings: Mapping[str, Counters]) -> Self:
        """Take the readings of the proxies that answered, by address."""
        grown = [_growth(self.last.get(proxy), reading) for proxy, reading in readings.items()]
        active = sum(reading.active for reading in readings.values())
        total = replace(reduce(_sum, grown, self.total), active=active)
        return type(self)(total=total, last={**self.last, **readings})


def _growth(before: Counters | None, now: Counters) -> Counters:
    before = now if before is None else before
    return now if now.went_back(before) else now - before


def _sum(one: Counters, other: Counters) -> Counters:
    left, right = dict(one.buckets), dict(other.buckets)
    return Counters(
        requests=one.requests + other.requests,
        errors=one.errors + other.errors,
        buckets=tuple((bound, left.get(bound, 0) + right.get(bound, 0)) for bound in sorted(left | right)),
    )
