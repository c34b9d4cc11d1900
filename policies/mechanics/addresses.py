"""Which addresses cannot be reached from another machine, and what a range of them takes in."""

import ipaddress

from mechanics.facts import Value

Range = ipaddress.IPv4Network | ipaddress.IPv6Network

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html: a node's role is had there.
METADATA_SERVICE = tuple(map(ipaddress.ip_address, ("169.254.169.254", "fd00:ec2::254")))
# A range as wide as this, or half of everything, names nobody.
WIDEST_PREFIX = 8


def is_loopback(address: str) -> bool:
    """Tell whether only this machine can reach an address: 127.0.0.0/8, ::1, `localhost` or `unix:PATH`."""
    if address == "localhost" or address.startswith("unix:"):
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def is_everybody(cidr: Value) -> bool:
    """Tell whether a range is too wide to name anybody; what is no range is taken for the widest."""
    found = _range(cidr)
    return found is None or found.prefixlen <= WIDEST_PREFIX


def reaches_metadata(cidr: Value, excepted: list[Value]) -> bool:
    """Tell whether the metadata service of a node lies in a range and in none that is excepted from it."""
    found, left_out = _range(cidr), [each for each in map(_range, excepted) if each is not None]
    if found is None:
        return True
    return any(address in found and not any(address in each for each in left_out) for address in METADATA_SERVICE)


def _range(cidr: Value) -> Range | None:
    try:
        return ipaddress.ip_network(str(cidr), strict=False)
    except ValueError:
        return None
