"""What a shift needs of the world. Adapters lie with the platforms; in the tests time and traffic are made up.

A port says that it failed by raising any exception. Each call is bounded by its adapter's own timeout.
"""

from collections.abc import Mapping
from typing import Protocol

from serving.counters import Counters


class Traffic(Protocol):
    """The routing of one model at the gateway. It has one owner: nobody else writes while a shift runs."""

    def read(self) -> Mapping[str, int]:
        """Read the weights that are in force, slot to percent."""
        ...

    def write(self, weights: Mapping[str, int]) -> None:
        """Put weights in force, all at once; return when they are. Slots that are not named get 0."""
        ...

    def mirror(self, slot: str, percent: int | None) -> None:
        """Copy a share of the live requests to a slot and drop its answers; None ends it."""
        ...


class SlotMetrics(Protocol):
    """What the gateway and a probe know of each slot."""

    def read(self, slot: str) -> Counters:
        """Read a slot's counters, mirrored requests included, at most `SETTLE_SECONDS` old."""
        ...

    def healthy(self, slot: str) -> bool:
        """Say whether a slot answers an inference, tried now and not counted in `read`.

        Not a readiness endpoint: a model server stays ready while it drains and after its model process died.

        Raises:
            TimeoutError: it took the question and has not answered in time: it may be busy, and need not be gone.
        """
        ...


class Clock(Protocol):
    """Time, in seconds from any origin."""

    def now(self) -> float:
        """Give the time."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait. Whatever ends the wait early raises: that interrupts the shift."""
        ...
