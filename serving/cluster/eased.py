"""Why weights go to a route in several writes: a slot enters and leaves with one request in a million.

Envoy has a cluster for each backend whose weight is more than 0, and none for the others. Its controller sends clusters
and routes one after the other, so for some milliseconds after a write Envoy holds routes to a cluster that is not there
any more, or not yet, and answers 500 to whoever is routed so. With one request in a million on the way in and on the
way out, nobody is.

Source: https://github.com/envoyproxy/gateway/blob/v1.9.1/internal/xds/translator/route.go
"""

from collections.abc import Iterator, Mapping

MILLION = 1_000_000
"""The sum of a route's weights while a slot enters or leaves, and the greatest weight that a backend may have."""
PERCENT = MILLION // 100


def writes(found: Mapping[str, int], wanted: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Yield the weights of a route to be written one after the other, the wanted ones last.

    Args:
        found: slot to percent as it is; without any traffic nobody can be hurt.
        wanted: slot to percent as it shall be.
    """
    had, has = _with_traffic(found), _with_traffic(wanted)
    if had and has - had:
        yield _eased(found, has - had)
    if has and had - has:
        yield _eased(wanted, had - has)
    yield dict(wanted)


def percent(weights: Mapping[str, int]) -> dict[str, int]:
    """Return the weights of a route in percent, whether a slot is on its way in or out of it, or none is."""
    if sum(weights.values()) != MILLION:
        return dict(weights)
    return {slot: round(weight / PERCENT) for slot, weight in weights.items()}


def _with_traffic(weights: Mapping[str, int]) -> set[str]:
    return {slot for slot, weight in weights.items() if weight}


def _eased(weights: Mapping[str, int], slots: set[str]) -> dict[str, int]:
    eased = {**{slot: weight * PERCENT for slot, weight in weights.items()}, **dict.fromkeys(slots, 1)}
    greatest = max(_with_traffic(weights), key=weights.__getitem__)
    eased[greatest] += MILLION - sum(eased.values())
    return eased
