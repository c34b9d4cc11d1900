"""The weights of one model's slots at its HTTPRoute and GRPCRoute; the port `serving.lead.RememberedTraffic`.

The rules of a route have one owner, and while a shift runs that is the shift: it writes them whole, from a template.
Whoever else writes weights meanwhile ends it. A shift that begins takes the routes over from one that still runs, which
may then write nothing any more, not even its way back.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from serving.cluster.eased import writes
from serving.cluster.route_api import ConflictError, Document, RouteError, Routes
from serving.cluster.route_rules import LIVE, OWNER, PREVIOUS, Rules, weighted, weights_of
from serving.errors import ConfigurationError
from serving.lead import Known, Served
from serving.shift_plan import ALL, Weights

CONFLICTS = 10
"""The gateway's controller writes a route's status after each change, so a conflict or two is nothing unusual."""

TAKEN_SECONDS = 15.0
POLL_SECONDS = 0.2
EASED_SECONDS = 1.0
"""Between the controller's word and a proxy's deed; some ten milliseconds on a quiet machine."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route of a model, and the rules that it is to have, without weights."""

    plural: str
    name: str
    rules: Rules


class RouteTraffic:
    """Reads and writes the weights of one model.

    Args:
        routes: the routes of the model's namespace.
        model: the model's name on the cluster.
        http: rules of the HTTPRoute of that name.
        grpc: rules of the GRPCRoute.
        sleep: waits, in seconds.
    """

    def __init__(
        self, routes: Routes, *, model: str, http: Route, grpc: Route, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self.routes, self.model, self.http, self.grpc, self.sleep = routes, model, http, grpc, sleep
        self._owner: str | None = None
        self._seen: dict[str, Weights] = {}

    def claim(self, owner: str) -> None:
        """Take the routes over from whatever shift wrote them before.

        Args:
            owner: a name that no other shift has.

        Raises:
            RouteError: as for `write`.
        """
        for route in (self.http, self.grpc):
            self._change(route, {"metadata": {"annotations": {OWNER: owner}}})
        self._owner = owner

    def read(self) -> Mapping[str, int]:
        """Read the weights of the HTTPRoute."""
        return self._noted(self.http, self.routes.read(self.http.plural, self.http.name))

    def write(self, weights: Mapping[str, int]) -> None:
        """Put weights in force at both routes; return when the gateway's controller has taken them.

        A slot enters and leaves by a write of its own: see `serving.cluster.eased`.

        Raises:
            RouteError: a route could not be written, was written by somebody else, or is not accepted.
        """
        found = self._seen.get(self.http.plural) or self.read()
        *eased, last = writes(found, weights)
        for each in eased:
            self._put(each)
            # The controller has taken it; the proxies have it a moment later.
            self.sleep(EASED_SECONDS)
        self._put(last)

    def _put(self, weights: Weights) -> None:
        written = [(route, self._write(route, weights)) for route in (self.http, self.grpc)]
        for route, generation in written:
            self._wait_until_taken(route, generation)

    def mirror(self, slot: str, percent: int | None) -> None:
        """Refuse to copy requests: mirrored ones could not be told from real ones in the statistics."""
        if percent:
            raise ConfigurationError(
                f"requests cannot be mirrored to {slot} on a cluster; set shift.mirror_percent to 0."
            )

    def known(self) -> Known:
        """Read what is live; where that was never noted, the slot with the greater share of the traffic."""
        document = self.routes.read(self.http.plural, self.http.name)
        noted, weights = remembered(document), weights_of(document["spec"].get("rules", ()), self.model)
        if noted.live or not any(weights.values()):
            return noted
        return Known(live=Served(slot=max(weights, key=weights.__getitem__), release=""))

    def remember(self, known: Known) -> None:
        """Note what is live and what was before, at the HTTPRoute.

        Raises:
            RouteError: what is to be noted as live has not all traffic, or as for `write`.
        """
        if known.live:
            self._seen[self.http.plural] = {slot: ALL * (slot == known.live.slot) for slot in self.read()}
        noted = {LIVE: _noted(known.live), PREVIOUS: _noted(known.previous)}
        self._change(self.http, {"metadata": {"annotations": noted}})

    def _write(self, route: Route, weights: Weights) -> int:
        document = self._change(route, {"spec": {"rules": weighted(route.rules, self.model, weights)}})
        return int(document["metadata"]["generation"])

    def _change(self, route: Route, change: Document) -> Document:
        """Merge a change into a route as it was last seen, and return what it is then."""
        for _ in range(CONFLICTS):
            document = self.routes.read(route.plural, route.name)
            self._require_unchanged(route, document)
            version = {"resourceVersion": document["metadata"]["resourceVersion"]}
            locked = {**change, "metadata": {**change.get("metadata", {}), **version}}
            try:
                document = self.routes.patch(route.plural, route.name, locked)
            except ConflictError:
                continue
            self._noted(route, document)
            return document
        raise RouteError(f"{route.plural} {route.name} was changed by others {CONFLICTS} times while it was written")

    def _require_unchanged(self, route: Route, document: Document) -> None:
        owner = (document["metadata"].get("annotations") or {}).get(OWNER)
        if self._owner is not None and owner != self._owner:
            raise RouteError(f"another shift has taken over {route.plural} {route.name} ({owner})")
        expected = self._seen.get(route.plural)
        found = self._noted(route, document)
        if expected is not None and found != expected:
            raise RouteError(f"somebody else wrote {route.plural} {route.name}: {found} instead of {expected}")

    def _noted(self, route: Route, document: Document) -> Weights:
        self._seen[route.plural] = found = weights_of(document["spec"].get("rules", ()), self.model)
        return found

    def _wait_until_taken(self, route: Route, generation: int) -> None:
        for _ in range(int(TAKEN_SECONDS / POLL_SECONDS)):
            if taken(self.routes.read(route.plural, route.name), generation):
                return
            self.sleep(POLL_SECONDS)
        raise RouteError(
            f"no gateway took {route.plural} {route.name} within {TAKEN_SECONDS:.0f} s; is its controller running?"
        )


def remembered(document: Document) -> Known:
    """Read what is noted at an HTTPRoute."""
    annotations = document["metadata"].get("annotations") or {}
    return Known(live=_served(annotations.get(LIVE)), previous=_served(annotations.get(PREVIOUS)))


def taken(document: Document, generation: int) -> bool:
    """Say whether every gateway of a route has accepted its rules.

    Raises:
        RouteError: one has refused them.
    """
    parents = document.get("status", {}).get("parents", ())
    conditions = [condition for parent in parents for condition in parent.get("conditions", ())]
    fresh = [condition for condition in conditions if condition.get("observedGeneration", 0) >= generation]
    for condition in fresh:
        if condition["type"] in {"Accepted", "ResolvedRefs"} and condition["status"] == "False":
            name = document["metadata"].get("name", "")
            raise RouteError(
                f"the gateway does not take {name}: {condition['reason']} ({condition.get('message', '')})"
            )
    accepted = [condition for condition in fresh if condition["type"] == "Accepted"]
    return bool(parents) and len(accepted) >= len(parents)


def _noted(served: Served | None) -> str | None:
    return f"{served.slot}@{served.release}" if served else None


def _served(text: str | None) -> Served | None:
    slot, found, release = (text or "").partition("@")
    return Served(slot=slot, release=release) if found else None
