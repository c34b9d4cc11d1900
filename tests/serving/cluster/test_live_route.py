"""A gate asks the route first: a slot that is live, or may have its traffic back at once, needs none."""

from collections.abc import Iterator

import pytest

from serving.cluster.live_route import LiveRoute
from serving.cluster.route_api import ClusterRoutes
from serving.cluster.route_rules import LIVE, PREVIOUS
from serving.errors import ConfigurationError
from serving.lead import Served
from tests.support.route_server import RouteServer, route_server, rule

GREEN = Served(slot="green", release="b" * 64)
NOTE = f"green@{'b' * 64}"


@pytest.fixture
def server() -> Iterator[RouteServer]:
    with route_server() as made:
        yield made


@pytest.mark.parametrize(
    ("weights", "notes", "needs_none"),
    [
        ((0, 100), {LIVE: NOTE}, True),
        ((100, 0), {PREVIOUS: NOTE}, True),
        ((50, 50), {LIVE: NOTE}, False),
        ((0, 100), {}, False),
        ((0, 100), {LIVE: "green@" + "c" * 64}, False),
        ((100, 0), {PREVIOUS: "blue@" + "b" * 64}, False),
    ],
)
def test_a_gate_is_needed_unless_this_very_release_is_or_was_live_in_the_slot(
    server: RouteServer, weights: tuple[int, int], notes: dict[str, str], needs_none: bool
) -> None:
    server.put("httproutes", [rule(*weights)], notes)
    route = LiveRoute.read("models/digits", ClusterRoutes("models", server.client()))
    assert route.needs_no_gate(GREEN) is needs_none


def test_a_route_without_weights_yet_has_nobody_live(server: RouteServer) -> None:
    route = LiveRoute.read("models/digits", ClusterRoutes("models", server.client()))
    assert (dict(route.weights), route.needs_no_gate(GREEN)) == ({}, False)


@pytest.mark.parametrize("text", ["digits", "/digits", "models/"])
def test_a_route_is_written_with_its_namespace(text: str) -> None:
    with pytest.raises(ConfigurationError, match="give NAMESPACE/HTTPROUTE"):
        LiveRoute.read(text)
