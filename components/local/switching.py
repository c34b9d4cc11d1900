"""The gateway and the slots of one model as a gate and a shift need them: the adapters of `serving`'s ports.

Imports no pulumi.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

from components.local.fragments import Endpoint, Weights
from components.local.gateway_clusters import grpc_cluster, mirror_grpc_cluster, mirror_rest_cluster, rest_cluster
from components.local.gateway_files import publish
from components.local.logged_predictions import LoggedPredictions
from components.local.stack_dir import StackDir
from serving.counters import Counters, parse, stats_query
from serving.lead import Known
from serving.probe import Probe, ProbeError
from serving.unix_http import ask

PROBE_TIMEOUT_SECONDS = 2
_TICK_SECONDS = 0.05


class Interrupted(BaseException):
    """Nobody waits for the outcome any more: `pulumi` was stopped or killed."""


class GatewayTraffic:
    """The weights of one model at the gateway; the port `serving.shift_ports.Traffic`."""

    def __init__(self, stack_dir: StackDir, model: str) -> None:
        self.stack_dir, self.model = stack_dir, model

    def read(self) -> Mapping[str, int]:
        """Return the weights that are in force."""
        return self._now().weights

    def write(self, weights: Mapping[str, int]) -> None:
        """Put weights in force, and return when the gateway works by them."""
        known = {endpoint.slot for endpoint in Endpoint.all(self.stack_dir) if endpoint.model == self.model}
        self._put(replace(self._now(), weights={**dict.fromkeys(known, 0), **weights}))

    def mirror(self, slot: str, percent: int | None) -> None:
        """Copy a share of the requests to a slot, or stop that."""
        self._put(replace(self._now(), mirror=(slot, percent) if percent else None))

    def log_predictions(self, *, on: bool) -> None:
        """Let the access log say what is predicted, or not any more."""
        now = self._now()
        if now.predictions_logged != on:
            self._put(replace(now, predictions_logged=on))

    def known(self) -> Known:
        """Return what is live, and what was before."""
        return self._now().known

    def remember(self, known: Known) -> None:
        """Note what is live now, and what was before."""
        now = self._now()
        if now.known != known:
            self._put(replace(now, live=known.live, previous=known.previous))

    def _now(self) -> Weights:
        return Weights.read(self.stack_dir, self.model) or Weights(weights={})

    def _put(self, weights: Weights) -> None:
        weights.write(self.stack_dir, self.model)
        publish(self.stack_dir)


class GatewayMetrics:
    """What the gateway counted of one model's slots; the port `serving.shift_ports.SlotMetrics`."""

    def __init__(self, stack_dir: StackDir, model: str, predictions: LoggedPredictions | None = None) -> None:
        self.stack_dir, self.model, self.predictions = stack_dir, model, predictions

    def read(self, slot: str) -> Counters:
        """Return a slot's counters, its mirrored requests included; what it predicted only where that is logged."""
        clusters = [
            rest_cluster(self.model, slot),
            grpc_cluster(self.model, slot),
            mirror_rest_cluster(self.model, slot),
            mirror_grpc_cluster(self.model, slot),
        ]
        query = quote(stats_query(clusters), safe="=&")
        counters = parse(ask(self.stack_dir.gateway_admin_socket, f"/stats/prometheus?{query}"), clusters)
        return replace(counters, predictions=self.predictions.of(slot)) if self.predictions else counters

    def healthy(self, slot: str) -> bool:
        """Ask a slot for a golden answer, past the gateway, so that it does not count."""
        endpoint = Endpoint.read(self.stack_dir, self.model, slot)
        if endpoint is None:
            return False
        try:
            Probe.read(endpoint.probe).ask(endpoint.url, PROBE_TIMEOUT_SECONDS)
        except ProbeError:
            return False
        return True


class AttendedClock:
    """Time, as long as somebody waits for the outcome; the port `serving.shift_ports.Clock`.

    Args:
        attended: Says whether somebody still waits.
    """

    def __init__(self, attended: Callable[[], bool]) -> None:
        self._attended = attended

    def now(self) -> float:
        """Give the time since some past moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            Interrupted: Nobody waits for the outcome any more.
        """
        end = self.now() + seconds
        while (left := end - self.now()) > 0:
            if not self._attended():
                raise Interrupted("pulumi was stopped")
            time.sleep(min(left, _TICK_SECONDS))
