"""Which addresses cannot be reached from another machine."""

import ipaddress


def is_loopback(address: str) -> bool:
    """Tell whether only this machine can reach an address: 127.0.0.0/8, ::1, `localhost` or `unix:PATH`."""
    if address == "localhost" or address.startswith("unix:"):
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
