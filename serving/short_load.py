"""A short load on one slot: a few connections that ask one golden row after another, as fast as they are answered."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import ceil

from serving.endpoint import encoded
from serving.pinned_slot import Array, Inference, PinnedSlot, fault

PATIENCE_SECONDS = 10.0
"""How long after the load its last answers are waited for; what comes later counts as lost."""


@dataclass(frozen=True, kw_only=True)
class LoadResult:
    """What came of a load.

    Attributes:
        latencies_ms: of every proper answer, sorted.
        failures: one sentence for each request that failed or was answered improperly.
        lost: requests that had no answer when the patience was over.
    """

    latencies_ms: tuple[float, ...]
    failures: tuple[str, ...]
    lost: int

    @property
    def requests(self) -> int:
        """All requests that were sent."""
        return len(self.latencies_ms) + len(self.failures) + self.lost

    @property
    def p99_ms(self) -> float | None:
        """The latency that 99 of 100 answers did not exceed."""
        return nearest_rank(self.latencies_ms, 0.99) if self.latencies_ms else None


def nearest_rank(ordered: Sequence[float], level: float) -> float:
    """Give the quantile of sorted values that is one of them: the first that `level` of all do not exceed."""
    return ordered[max(1, ceil(level * len(ordered))) - 1]


def load(
    slot: PinnedSlot,
    inputs: Mapping[str, Array],
    *,
    concurrency: int,
    seconds: float,
    patience_seconds: float = PATIENCE_SECONDS,
    clock: Callable[[], float] = time.monotonic,
) -> LoadResult:
    """Ask a slot single rows from several connections at once.

    A closed loop: each connection waits for its answer before it asks again. So this shows how a slot answers when
    `concurrency` users ask at once, not how long a queue gets.

    Args:
        slot: whom to ask.
        inputs: `{input name: [rows, …]}`; row after row, from the beginning again at the end.
        concurrency: connections, one request in flight on each.
        seconds: how long new requests are sent.
        patience_seconds: how long the last answers are waited for.
        clock: seconds, monotonic.
    """
    connections = [slot.connect() for _ in range(concurrency)]
    shared = _Shared(slot, inputs, clock, clock() + seconds)
    threads = [threading.Thread(target=shared.work, args=(each,), daemon=True) for each in connections]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, shared.end + patience_seconds - clock()))
    return shared.result()


class _Shared:
    """What the connections of one load have in common."""

    def __init__(self, slot: PinnedSlot, inputs: Mapping[str, Array], clock: Callable[[], float], end: float) -> None:
        self.slot, self.inputs, self.clock, self.end = slot, inputs, clock, end
        self.rows = len(next(iter(inputs.values())))
        self.numbers = count()
        self.lock = threading.Lock()
        self.begun = 0
        self.latencies: list[float] = []
        self.failures: list[str] = []

    def work(self, connection: Inference) -> None:
        try:
            while self.clock() < self.end:
                with self.lock:
                    self.begun += 1
                    row = next(self.numbers) % self.rows
                self.ask(connection, {name: array[row : row + 1] for name, array in self.inputs.items()})
        finally:
            connection.close()

    def ask(self, connection: Inference, inputs: Mapping[str, Array]) -> None:
        manifest = self.slot.release.manifest
        body = encoded(inputs, manifest.inputs)
        start = self.clock()
        try:
            outputs = connection.infer_encoded(self.slot.model, body)
            elapsed_ms, problem = 1000 * (self.clock() - start), fault(manifest.outputs, outputs, 1)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, this request was not answered
            elapsed_ms, problem = 0.0, str(error) or type(error).__name__
        with self.lock:
            if problem:
                self.failures.append(problem)
            else:
                self.latencies.append(elapsed_ms)

    def result(self) -> LoadResult:
        with self.lock:
            return LoadResult(
                latencies_ms=tuple(sorted(self.latencies)),
                failures=tuple(self.failures),
                lost=self.begun - len(self.latencies) - len(self.failures),
            )
