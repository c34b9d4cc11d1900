"""Which address range each zone gets.

The slot of a zone is the number in its id minus one, so `use1-az4` always has slot 3. Adding, removing or reordering
zones therefore never moves the range of another zone.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass

ZONE_ID = re.compile(r"^[a-z]+[0-9]-az([1-6])$")

_PRIVATE_BITS, _PRIVATE_FIRST = 3, 0
_PUBLIC_BITS, _PUBLIC_FIRST = 7, 96
_INTRA_BITS, _INTRA_FIRST = 8, 208


@dataclass(frozen=True, kw_only=True)
class ZoneRanges:
    """The ranges of one zone: `private` for nodes and pods, `public` for NAT, `intra` for EKS and endpoints."""

    private: str
    public: str
    intra: str


def subnet_plan(cidr: str, zones: Sequence[str]) -> dict[str, ZoneRanges]:
    """Cut the network's range into the ranges of its zones.

    Args:
        cidr: the whole range, prefix 16 to 20.
        zones: zone ids such as `use1-az1`.

    Shape:
        `{zone id: ranges}`; for a /16: private /19, public /23, intra /24; for a /20: /23, /27, /28.
    """
    network = ipaddress.IPv4Network(cidr)
    return {zone: _ranges(network, slot_of(zone)) for zone in zones}


def slot_of(zone: str) -> int:
    """Return the fixed place of a zone id, 0 to 5."""
    match = ZONE_ID.match(zone)
    if match is None:
        raise ValueError(f"{zone} is no zone id")
    return int(match[1]) - 1


def _ranges(network: ipaddress.IPv4Network, slot: int) -> ZoneRanges:
    return ZoneRanges(
        private=_cut(network, _PRIVATE_BITS, _PRIVATE_FIRST + slot),
        public=_cut(network, _PUBLIC_BITS, _PUBLIC_FIRST + slot),
        intra=_cut(network, _INTRA_BITS, _INTRA_FIRST + slot),
    )


def _cut(network: ipaddress.IPv4Network, new_bits: int, number: int) -> str:
    prefix = network.prefixlen + new_bits
    start = int(network.network_address) + (number << (network.max_prefixlen - prefix))
    return str(ipaddress.IPv4Network((start, prefix)))
