"""How long a slot's pod is given to stop: each part lasts at least as long as what it waits for.

Kubernetes takes the pod off its Service and calls preStop at the same moment; the sleep lasts until every proxy knows.
Then the server ends what it has, and only what is stuck beyond that is cut off.
"""

import math
from dataclasses import dataclass

PRE_STOP_SECONDS = 15
MARGIN_SECONDS = 15
EXIT_MARGIN_SECONDS = 5


@dataclass(frozen=True, kw_only=True)
class Drain:
    """The parts of a stop, in seconds.

    Args:
        pre_stop_seconds: Before the server is told to end.
        exit_timeout_seconds: That the server gives the requests it has.
        grace_seconds: From the beginning to the kill.
    """

    pre_stop_seconds: int
    exit_timeout_seconds: int
    grace_seconds: int


def drain(longest_request_seconds: float) -> Drain:
    """Return a stop that loses no request."""
    longest = math.ceil(longest_request_seconds)
    exit_timeout = longest + EXIT_MARGIN_SECONDS
    return Drain(
        pre_stop_seconds=PRE_STOP_SECONDS,
        exit_timeout_seconds=exit_timeout,
        grace_seconds=PRE_STOP_SECONDS + exit_timeout + longest + MARGIN_SECONDS,
    )
