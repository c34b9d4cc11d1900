"""What the gateway counted of one slot, read from Envoy's Prometheus text.

What counts as what was tried on Envoy 1.40 with upstreams that fail in each way:

- `upstream_rq_completed` is one per answer, Envoy's own 503 and 504 included; a timeout is a 504 there, and a reset
  that no retry saved a 503, so neither is counted a second time.
- An attempt that got no answer is one request and one error of its slot, whatever became of the request: tried again
  it may be answered by the other slot, and a user sees none of it. `upstream_rq_pending_failure_eject` is one per
  attempt without a connection, `upstream_cx_destroy_remote_with_active_rq` one per connection that the slot dropped,
  `upstream_rq_rx_reset` one per request that it reset. `upstream_rq_retry` would not do: it is counted where the next
  attempt goes.
- gRPC failures are HTTP 200. Only the filter `envoy.filters.http.grpc_stats` tells them, as `grpc_<status>` or, where
  methods are counted apart, `grpc_<method>_<status>`; Envoy's own 503 to a gRPC client is in both, so a cluster's
  errors are the greater of the two.
- An answer that breaks off half-way is counted as answered; no counter of Envoy's says otherwise.
- A failed or broken answer has no entry in the histogram; the histogram lags by up to `stats_flush_interval`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Self

from serving.predictions import Predictions

GRPC_SERVER_FAULTS = ("2", "4", "12", "13", "14", "15")
"""UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS.

Source: https://opentelemetry.io/docs/specs/semconv/rpc/grpc/, which statuses are the server's.
"""

UNANSWERED = (
    "upstream_rq_pending_failure_eject",
    "upstream_cx_destroy_remote_with_active_rq",
    "upstream_rq_rx_reset",
)
"""One per attempt of the gateway that a slot left without an answer."""

# Envoy's own steps jump 1, 5, 10, 25, 50 ms, too coarse to compare two slots.
LATENCY_BUCKETS_MS = (
    *(0.5, 1, 2, 3, 4, 5, 7.5, 10, 15, 20, 30, 50, 75, 100),
    *(150, 250, 500, 1000, 2500, 5000, 10000, 30000),
)
"""Bounds of the latency histogram, to be set in the gateway's `stats_config` for `upstream_rq_time`."""

_ROW = re.compile(r"^envoy_cluster_(?P<name>\w+)\{(?P<labels>[^}]*)\} (?P<value>\S+)$", re.MULTILINE)
# With or without the method, as the filter is told to count.
_GRPC_STATUS = re.compile(r"^grpc_(?:\w+_)?(\d+)$")
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, kw_only=True)
class Counters:
    """One reading of a slot; everything but `active` only ever grows while the gateway runs.

    Attributes:
        requests: attempts that ended, well or badly.
        errors: those that the slot failed: status 5xx, reset, timeout, a gRPC status of the server's.
        active: requests that wait for an answer right now.
        buckets: latency histogram, `(upper bound in ms, answers within it)`, cumulative, ending with infinity.
        predictions: what was predicted, where something counts that.
    """

    requests: int = 0
    errors: int = 0
    active: int = 0
    buckets: tuple[tuple[float, int], ...] = ()
    predictions: Predictions | None = None

    def __sub__(self, earlier: Self) -> Self:
        """Return what was counted since an earlier reading; neither what waits nor what was predicted."""
        before = dict(earlier.buckets)
        return type(self)(
            requests=self.requests - earlier.requests,
            errors=self.errors - earlier.errors,
            buckets=tuple((bound, count - before.get(bound, 0)) for bound, count in self.buckets),
        )

    def went_back(self, earlier: Self) -> bool:
        """Say whether anything is below an earlier reading: the gateway began anew in between."""
        buckets = dict(self.buckets)
        return (
            self.requests < earlier.requests
            or self.errors < earlier.errors
            or any(buckets.get(bound, 0) < count for bound, count in earlier.buckets)
        )


def stats_query(clusters: Sequence[str]) -> str:
    """Write the query of Envoy's `/stats/prometheus` that has the rows `parse` needs, and not many more."""
    return stats_query_of("|".join(re.escape(cluster) for cluster in clusters))


def stats_query_of(names: str) -> str:
    """Write that query for every cluster whose name a pattern matches as a whole.

    The filter sees Envoy's own names, so a class of statuses is `upstream_rq_5xx` here and `upstream_rq_xx` in the
    answer.
    """
    grpc = r"grpc\.(.+\.)?[0-9]+"
    wanted = rf"upstream_rq_(5xx|completed|active|pending_active|time)|{'|'.join(UNANSWERED)}|{grpc}"
    return f"usedonly&filter=^cluster\\.({names})\\.({wanted})$"


def by_cluster(text: str) -> dict[str, str]:
    """Part Envoy's text into the rows of each cluster: whoever asks for many of them looks at each row once."""
    rows: dict[str, list[str]] = {}
    for match in _ROW.finditer(text):
        rows.setdefault(dict(_LABEL.findall(match["labels"])).get("envoy_cluster_name", ""), []).append(match[0])
    return {name: "\n".join(found) for name, found in rows.items()}


def parse(text: str, clusters: Iterable[str]) -> Counters:
    """Read the counters of one slot out of Envoy's Prometheus text.

    Args:
        text: the answer to `/stats/prometheus`; rows that are absent count as 0, as Envoy leaves out what is unused.
        clusters: the clusters that lead to the slot (REST, gRPC, mirrored); they are added up.

    Raises:
        ValueError: a row has something else than a number.
    """
    wanted = set(clusters)
    rows = [row for row in _rows(text) if row[1].get("envoy_cluster_name") in wanted]
    errors = sum(_failures(row for row in rows if row[1]["envoy_cluster_name"] == name) for name in wanted)
    unanswered = sum(_total(rows, name) for name in UNANSWERED)
    return Counters(
        requests=_total(rows, "upstream_rq_completed") + unanswered,
        errors=errors + unanswered,
        active=_total(rows, "upstream_rq_active") + _total(rows, "upstream_rq_pending_active"),
        buckets=_histogram(rows),
    )


_Row = tuple[str, Mapping[str, str], int]


def _rows(text: str) -> Iterator[_Row]:
    for match in _ROW.finditer(text):
        # A histogram's sum is the only row that is no whole number, and nobody needs it.
        if not match["name"].endswith("_sum"):
            yield match["name"], dict(_LABEL.findall(match["labels"])), int(match["value"])


def _total(rows: Iterable[_Row], name: str) -> int:
    return sum(value for found, _, value in rows if found == name)


def _failures(rows: Iterable[_Row]) -> int:
    http = grpc = 0
    for name, labels, value in rows:
        if name == "upstream_rq_xx" and labels.get("envoy_response_code_class") == "5":
            http += value
        elif (status := _GRPC_STATUS.match(name)) and status[1] in GRPC_SERVER_FAULTS:
            grpc += value
    return max(http, grpc)


def _histogram(rows: Iterable[_Row]) -> tuple[tuple[float, int], ...]:
    buckets: dict[float, int] = {}
    for name, labels, value in rows:
        if name == "upstream_rq_time_bucket":
            bound = inf if labels["le"] == "+Inf" else float(labels["le"])
            buckets[bound] = buckets.get(bound, 0) + value
    return tuple(sorted(buckets.items()))
