"""Where a model's traffic is, as its HTTPRoute says: what a gate wants to know before it begins."""

from dataclasses import dataclass
from typing import Self

from serving.cluster.route_api import HTTP_ROUTES, ClusterRoutes, Routes
from serving.cluster.route_rules import weights_of
from serving.cluster.route_traffic import remembered
from serving.errors import ConfigurationError
from serving.lead import Known, Served
from serving.shift_plan import ALL, Weights


@dataclass(frozen=True, kw_only=True)
class LiveRoute:
    """The weights of a model's slots, and what is noted of them."""

    weights: Weights
    known: Known

    @classmethod
    def read(cls, route: str, routes: Routes | None = None) -> Self:
        """Read an HTTPRoute, `NAMESPACE/NAME`.

        Raises:
            ConfigurationError: it is not written so.
            RouteError: it cannot be read.
        """
        namespace, found, name = route.partition("/")
        if not (namespace and found and name):
            raise ConfigurationError(f"--unless-live is {route!r}; give NAMESPACE/HTTPROUTE.")
        document = (routes or ClusterRoutes(namespace)).read(HTTP_ROUTES, name)
        return cls(weights=weights_of(document["spec"].get("rules", ()), name), known=remembered(document))

    def needs_no_gate(self, served: Served) -> bool:
        """Say whether a slot with this release has all traffic, or was live before and may have it back at once."""
        has_all = self.weights.get(served.slot) == ALL and self.known.live == served
        return has_all or self.known.previous == served
