"""The request guard: Lua that every gateway runs over each request, whatever platform it stands on.

One script in files, in an order: `guard.lua` calls what the others define.
"""

from pathlib import Path

SHARED = ("json.lua", "kserve.lua", "protobuf.lua")
"""How requests are read and judged."""

READINESS = {"prober": "asks_prober.lua", "endpoints": "trusts_endpoints.lua"}
"""Who knows whether a model is ready: a prober beside the gateway, or the platform that takes endpoints away."""

GUARD = "guard.lua"


def script(readiness: str) -> str:
    """Return the whole script.

    Args:
        readiness: `prober` or `endpoints`, see READINESS.
    """
    names = (*SHARED, READINESS[readiness], GUARD)
    return "\n".join(Path(__file__).with_name(name).read_text("utf-8") for name in names)
